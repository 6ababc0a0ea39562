import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endWithThisProcess } from "../servers/leftovers.ts";
import { freePort, stopProcess } from "../servers/processes.ts";
import type { App } from "./apps.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** No framework shall ask or tell its maker. */
const QUIET = {
  NEXT_TELEMETRY_DISABLED: "1",
  ASTRO_TELEMETRY_DISABLED: "1",
  NUXT_TELEMETRY_DISABLED: "1",
  CI: "1",
};

/** Runs a command to its end. Throws with its output if it fails. */
export async function run(
  folder: string,
  command: string,
  args: readonly string[],
): Promise<string> {
  const env = { ...process.env, ...QUIET };
  const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  endWithThisProcess(child);
  const output = outputOf(child);
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${output()}`);
  return output();
}

/** Makes the package as npm would publish it. Returns the file. */
export async function pack(folder: string): Promise<string> {
  const name = await run(root, "npm", ["pack", "--silent", "--pack-destination", folder]);
  return join(folder, name.trim().split("\n").at(-1) ?? "");
}

/**
 * Copies an example into a folder, with the pages that only its test needs, and builds it. Returns
 * the framework's version.
 */
export async function build(app: App, folder: string, tarball: string): Promise<string> {
  cpSync(join(root, "examples/frameworks", app.name), folder, { recursive: true });
  const probes = join(root, "test/frameworks/probes", app.name);
  if (existsSync(probes)) addProbes(probes, folder);
  const manifest = join(folder, "package.json");
  const { dependencies, ...others } = JSON.parse(readFileSync(manifest, "utf8"));
  const installed = { ...dependencies, zession: `file:${tarball}` };
  writeFileSync(manifest, JSON.stringify({ ...others, dependencies: installed }));
  await run(folder, "npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"]);
  await run(folder, "npm", ["run", "build"]);
  const framework = join(folder, "node_modules", app.framework, "package.json");
  return JSON.parse(readFileSync(framework, "utf8")).version;
}

/** A probe in the place of a file of the example finds that one as `*.example.*`. */
function addProbes(probes: string, folder: string): void {
  for (const file of globSync("**/*.*", { cwd: probes })) {
    const present = join(folder, file);
    const ending = extname(file);
    if (existsSync(present))
      renameSync(present, `${present.slice(0, -ending.length)}.example${ending}`);
  }
  cpSync(probes, folder, { recursive: true });
}

/** A server of an application. */
export interface Server {
  readonly origin: string;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts a server of an application on a free port, and waits until it answers. */
export async function serve(app: App, folder: string, kind: "start" | "dev"): Promise<Server> {
  const port = `${await freePort()}`;
  const args = app[kind].map((it) => (it === "PORT" ? port : it));
  const host = "127.0.0.1";
  const env = { ...process.env, ...QUIET, ...app.env, HOST: host, PORT: port };
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: kind === "start" ? { ...env, NODE_ENV: "production" } : env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithThisProcess(child);
  const output = outputOf(child);
  const origin = `http://${host}:${port}`;
  const server = { origin, output, stop: () => stopProcess(child) };
  for (let tries = 0; tries < 600; tries++) {
    const isUp = await fetch(origin).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return server;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await server.stop();
  throw new Error(`${app.title} does not answer:\n${output()}`);
}

/** Edits the module that defines the sessions, so that a server of the sources loads it again. */
export function edit(app: App, folder: string): void {
  appendFileSync(join(folder, app.definition), `export const edited${Date.now()} = true;\n`);
}

function outputOf({ stdout, stderr }: ChildProcess): () => string {
  let output = "";
  for (const stream of [stdout, stderr]) stream?.on("data", (chunk) => (output += chunk));
  return () => output;
}
