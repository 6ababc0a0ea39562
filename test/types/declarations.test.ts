import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const compilers = ["typescript-5.5", "typescript-5.9", "typescript", "typescript-7"];
const libraries = [
  "zod",
  "valibot",
  "cookie",
  "superjson",
  "@noble/hashes",
  "@standard-schema/spec",
];

// Outside of this repository, with the package as it is published: a compiler that can reach our
// files would name them.
const project = mkdtempSync(join(tmpdir(), "zession-declarations-"));

beforeAll(() => {
  const modules = join(project, "node_modules");
  for (const part of ["dist", "package.json"])
    cpSync(join(root, part), join(modules, "zession", part), { recursive: true });
  for (const library of libraries) {
    mkdirSync(dirname(join(modules, library)), { recursive: true });
    symlinkSync(join(root, "node_modules", library), join(modules, library));
  }
  cpSync(join(root, "test/types/consumer/exports.ts"), join(project, "exports.ts"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Emits the declarations of the project. Returns what the compiler prints. */
function emit(compiler: string): Promise<string> {
  const compilerOptions = {
    strict: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: compiler,
    rootDir: ".",
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    module: "nodenext",
  };
  const config = join(project, `${compiler}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ["exports.ts"] }));
  return new Promise((resolve) => {
    const tsc = spawn(process.execPath, [
      join(root, `node_modules/${compiler}/bin/tsc`),
      ...["-p", config, "--pretty", "false"],
    ]);
    let text = "";
    tsc.stdout.on("data", (chunk) => (text += chunk));
    tsc.stderr.on("data", (chunk) => (text += chunk));
    tsc.on("close", () => resolve(text));
  });
}

it.concurrent.each(compilers)(
  "a library of a user's can export definitions, their members and verbs without writing types: %s",
  { timeout: 300_000 },
  async (compiler) => {
    expect(await emit(compiler)).toBe("");
  },
);
