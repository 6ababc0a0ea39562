import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { freePort, stopProcess } from "./servers/processes.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * An example that runs as its `npm run demo` does: in a process of its own, against the built
 * package.
 */
export interface ExampleServer {
  readonly url: string;
  /** What it has printed so far. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts an example on a free port and waits until it answers. */
export async function startExample(
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ExampleServer> {
  const port = await freePort();
  const server = spawn(process.execPath, [`examples/${file}`, ...args], {
    cwd: root,
    env: { ...process.env, ...env, PORT: `${port}` },
  });
  let output = "";
  server.stdout.on("data", (chunk) => (output += chunk));
  server.stderr.on("data", (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${port}`;
  try {
    await eventually(() => fetch(`${url}/does-not-exist`));
  } catch {
    server.kill();
    throw new Error(`examples/${file} does not answer:\n${output}`);
  }
  return { url, output: () => output, stop: () => stopProcess(server, "SIGKILL") };
}
