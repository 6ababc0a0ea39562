import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const oldest = engines.node.replace(">=", "");
const platform = `${process.platform}-${process.arch}`;
const libc = process.platform === "linux" ? "-glibc" : "";
/** What is too large for everybody's `npm ci`: about 200 MB a runtime. */
const cache = join(root, "node_modules/.cache/zession-runtimes");

/** A runtime that runs a module by its path. */
export interface Runtime {
  readonly title: string;
  /** Returns the path of its program, which is installed if need be. */
  readonly program: () => string;
  /** What stands before the path of the module. */
  readonly args: readonly string[];
}

function node(title: string, version: string): Runtime {
  const program = () => join(installTool(`node-${platform}@${version}`), "bin/node");
  return { title, program, args: ["--no-warnings"] };
}

/** Returns a program that the project's own dependencies bring. */
function own(name: string): () => string {
  return () => join(root, "node_modules/.bin", name);
}

/** The oldest Node.js that the package allows. */
export const oldestNode: Runtime = node(`Node ${oldest}`, `${oldest}.0`);
export const bun: Runtime = { title: "Bun", program: own("bun"), args: [] };
export const deno: Runtime = {
  title: "Deno",
  program: () => join(installTool(`@deno/${platform}${libc}@2.9.6`), "deno"),
  args: ["run", "--allow-all", "--node-modules-dir=manual", "--quiet"],
};

/** All of them: of Node.js the oldest, and the newest of each line. */
const runtimes: readonly Runtime[] = [
  oldestNode,
  node("Node 22", "22.23.3"),
  { title: "Node 24", program: own("node"), args: ["--no-warnings"] },
  node("Node 26", "26.10.0"),
  bun,
  deno,
];

/**
 * Returns the runtimes to test: all if the environment variable `ZESSION_RUNTIMES` is `all`, and
 * else those that differ most.
 */
export function chosenRuntimes(): readonly Runtime[] {
  return process.env["ZESSION_RUNTIMES"] === "all" ? runtimes : [oldestNode, bun, deno];
}

/**
 * Installs a package of npm with what it needs, or finds it installed. `npm ci` deletes it.
 *
 * @param spec - name and version
 * @returns the path of the folder that is in `node_modules`
 */
export function installTool(spec: string): string {
  const name = spec.replace(/@[^@]*$/, "");
  const folder = join(cache, spec.replaceAll("/", "+"));
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const part = mkdtempSync(join(cache, "part-"));
    const args = ["install", "--prefix", part, "--no-save", "--no-audit", spec];
    const { status, stderr } = spawnSync("npm", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`npm could not install ${spec}: ${stderr}`);
    try {
      // Only a whole installation gets the name.
      renameSync(part, folder);
    } catch (error) {
      // Another process was quicker.
      rmSync(part, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  return join(folder, "node_modules", name);
}
