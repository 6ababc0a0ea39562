import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import { entries, makeProject } from "./installed.ts";

const folder = makeFolder("bundles");
beforeAll(() => makeProject(folder, []));
afterAll(() => removeFolder(folder));

/** The conditions by which a bundler chooses files, and the runtimes that it does so for. */
const places: Record<string, readonly string[]> = {
  Workers: ["workerd", "worker", "browser"],
  browsers: ["module", "browser"],
  "no runtime that is known": [],
};

const SESSIONS = "codec errors keys schema session storage util @noble/hashes";
const MEMORY = "drivers/holds drivers/memory drivers/next-turn drivers/use-order";
/**
 * The folders of each entry, or files where a folder is one of choices; then the packages and the
 * modules of the runtime. A new entry needs a line.
 */
const expected: Record<string, string> = {
  zession: `definition ${MEMORY} events http index ${SESSIONS}`,
  "zession/drivers/cloudflare-kv":
    "drivers/cloudflare-kv drivers/holds drivers/new-version drivers/refuse-late drivers/retry-until errors util",
  "zession/drivers/d1":
    "drivers/async-sqlite drivers/d1 drivers/new-version drivers/sqlite-row drivers/statement-for errors util",
  "zession/drivers/durable-object":
    "drivers/durable-object drivers/holds drivers/new-version errors util cloudflare:workers",
  "zession/drivers/libsql":
    "drivers/async-sqlite drivers/libsql drivers/new-version drivers/retry-until drivers/sqlite-row drivers/statement-for errors util",
  "zession/drivers/mysql":
    "drivers/mysql drivers/mysql-statements drivers/new-version drivers/retry-until drivers/server-clock drivers/statement-for drivers/timed-changes errors util",
  "zession/drivers/postgres":
    "drivers/new-version drivers/postgres drivers/postgres-connection drivers/postgres-statements drivers/retry-until drivers/server-clock drivers/statement-for drivers/timed-changes errors util @noble/hashes",
  "zession/drivers/redis":
    "drivers/new-version drivers/redis drivers/redis-clients drivers/redis-script drivers/server-clock errors util @noble/hashes",
  "zession/drivers/sqlite":
    "drivers/new-version drivers/next-turn drivers/open-file drivers/retry-until drivers/sqlite drivers/sqlite-row drivers/sqlite.node drivers/statement-for errors util node:fs node:sqlite",
  "zession/drivers/unstorage":
    "drivers/holds drivers/new-version drivers/refuse-late drivers/retry-until drivers/unstorage errors util @noble/hashes",
  "zession/routers/express": "errors http routers/express util",
  "zession/routers/fastify": "errors http routers/fastify util",
  "zession/routers/hono": "errors http routers/hono util",
  "zession/states": `${SESSIONS.replace("schema ", "")} states`,
  "zession/testing": `definition ${MEMORY} events http ${SESSIONS} testing`,
};

/** Bundles all of an entry. Returns the paths of its modules, and what it leaves to the runtime. */
async function bundle(entry: string, conditions: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export * from "${entry}";`, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    conditions: [...conditions],
    external: ["node:*", "bun:*", "cloudflare:*"],
  });
  const found = Object.entries(metafile.inputs).flatMap(([path, { imports }]) => [
    path,
    ...imports.filter((it) => it.external).map((it) => it.path),
  ]);
  return found.filter((it) => it !== "<stdin>");
}

/** Returns the part of the house, or the package, that a module is of. */
function partOf(path: string): string {
  const [, file] = /zession\/dist\/(.*)[.]js$/.exec(path) ?? [];
  if (file !== undefined)
    return /^(drivers|routers)[/]/.test(file) ? file : file.replace(/[/].*/, "");
  const [, library] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return library ?? path;
}

describe.each(entries)("%s", (entry) => {
  it.each(Object.keys(places))(
    "brings along nothing of no use, in a bundle for %s",
    async (place) => {
      const found = new Set((await bundle(entry, places[place] ?? [])).map(partOf));
      expect([...found].toSorted()).toEqual((expected[entry] ?? "").split(" ").toSorted());
    },
  );
});

it("no module of Node.js is in a bundle for Workers or browsers, but of the driver for files", () => {
  const ofNode = Object.keys(expected).filter((it) => /\bnode:/.test(expected[it] ?? ""));
  expect(ofNode).toEqual(["zession/drivers/sqlite"]);
});
