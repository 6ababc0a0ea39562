import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, it } from "vitest";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";

const folder = makeFolder("isolate");
afterAll(() => removeFolder(folder));

/** A Worker whose definition is made at module scope, and whose updates wait. */
const WORKER = `
import { defineSession } from "zession";
import { z } from "zod";
const visits = defineSession({
  key: z.string(),
  value: z.number(),
  keyFn: (request) => request.headers.get("x-client"),
});
const wait = () => new Promise((resolve) => setTimeout(resolve, 1));
export default {
  fetch: visits.wrap(async ({ session }) =>
    new Response(String(await session.upsert(1, (n) => wait().then(() => n + 1))))),
};
`;

it("a definition at the module scope of a Worker counts updates that overlap (D19)", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: WORKER,
      resolveDir: fileURLToPath(new URL("../../", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "esm",
    // The package as it is built, not the source that our own tsconfig.json names.
    tsconfigRaw: {},
    // Nothing of Node.js can be imported.
    platform: "neutral",
    conditions: ["workerd"],
  });
  const text = outputFiles[0]?.text ?? "";
  expect(text).not.toMatch(/from "node:/);
  const file = join(folder, "worker.mjs");
  writeFileSync(file, text);
  const worker: { default: { fetch(request: Request): Promise<Response> } } = await import(
    pathToFileURL(file).href
  );
  const visit = async () => {
    const request = new Request("https://shop.example", { headers: { "x-client": "a" } });
    return Number(await (await worker.default.fetch(request)).text());
  };
  const counts = await Promise.all(Array.from({ length: 20 }, visit));
  expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});
