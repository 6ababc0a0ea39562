import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** This repository. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

const { exports, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The names that users import, such as `zession/drivers/redis`. */
export const entries: readonly string[] = Object.keys(exports)
  .filter((it) => !it.endsWith(".json"))
  .map((it) => it.replace(/^\./, "zession"));

/** Runs a program to its end. Throws what it has printed if it fails. */
export function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Packs the package as it is built. Returns the path of the tarball. */
export function packPackage(folder: string): string {
  const args = ["--ignore-scripts", "--json", "--pack-destination", folder];
  const [packed] = JSON.parse(run(root, "npm", "pack", ...args));
  return join(folder, packed.filename);
}

/**
 * Makes a folder of a user's project with the packed package in it. The libraries come from this
 * repository, because an installation takes seconds.
 */
export function makeProject(folder: string, libraries: readonly string[]): void {
  const modules = join(folder, "node_modules");
  const home = join(modules, "zession");
  mkdirSync(home, { recursive: true });
  const tarball = packPackage(folder);
  run(folder, "tar", "-xzf", tarball, "-C", home, "--strip-components=1");
  for (const library of [...Object.keys(dependencies), ...libraries]) {
    mkdirSync(dirname(join(modules, library)), { recursive: true });
    symlinkSync(join(root, "node_modules", library), join(modules, library));
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
}
