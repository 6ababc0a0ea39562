import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import { entries, makeProject, root } from "./installed.ts";

// Another test compiles a user's project of one entry by four compilers, nodenext and bundler.
const matrix = [
  { version: "5.5", name: "typescript-5.5", resolution: "node16", module: "node16" },
  { version: "7.0", name: "typescript-7", resolution: "node16", module: "node16" },
  { version: "7.0", name: "typescript-7", resolution: "nodenext", module: "nodenext" },
  { version: "7.0", name: "typescript-7", resolution: "bundler", module: "esnext" },
];

const folder = makeFolder("compilers");
beforeAll(() => {
  // What routers and their types need. A Worker's project has types of "cloudflare:workers".
  makeProject(folder, ["fastify", "hono", "@types/node"]);
  writeFileSync(
    join(folder, "workers.d.ts"),
    'declare module "cloudflare:workers" { export class DurableObject { ctx: object } }',
  );
  writeFileSync(join(folder, "consumer.ts"), consumer());
});
afterAll(() => removeFolder(folder));

/** A module that imports all of every entry, and knows that none of it is `any`. */
function consumer(): string {
  const lines = entries.map((it, i) => `import * as entry${i} from "${it}";`);
  const names = entries.map((_, i) => `entry${i}`).join(", ");
  return `${lines.join("\n")}
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { defineSession, memoryDriver, type InferSession } from "zession";

type IsAny<Type> = 0 extends 1 & Type ? true : false;
type Known<Module> = { [Name in keyof Module]: IsAny<Module[Name]> extends true ? never : unknown };
function known<Module extends Known<Module>>(module: Module): Module { return module; }
export const modules = [${names}].map((it) => known(it));

declare const key: StandardSchemaV1<string>;
declare const value: StandardSchemaV1<number>;
export const visits = defineSession({
  key,
  value,
  keyFn: (request) => request.headers.get("x-client"),
  driver: memoryDriver(),
});
export const count = (session: InferSession<typeof visits>) => session.upsert(1, (n) => n + 1);
`;
}

/** Compiles the project. Returns what the compiler prints. */
function compile(name: string, options: object, id: string): Promise<string> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    ...options,
  };
  const config = join(folder, `tsconfig-${id}.json`);
  writeFileSync(
    config,
    JSON.stringify({ compilerOptions, files: ["consumer.ts", "workers.d.ts"] }),
  );
  const program = join(root, `node_modules/${name}/bin/tsc`);
  return new Promise((resolve) => {
    const tsc = spawn(process.execPath, [program, "-p", config, "--pretty", "false"]);
    let text = "";
    tsc.stdout.on("data", (chunk) => (text += chunk));
    tsc.stderr.on("data", (chunk) => (text += chunk));
    tsc.on("close", () => resolve(text));
  });
}

it.concurrent.each(matrix)(
  "every entry compiles in a user's project: TypeScript $version, $resolution",
  async ({ version, name, resolution, module }) => {
    const options = { module, moduleResolution: resolution };
    expect(await compile(name, options, `${version}-${resolution}`)).toBe("");
  },
);
