import { type ChildProcess, type SpawnOptionsWithoutStdio, spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { endWithThisProcess } from "./leftovers.ts";

/** A port of the loopback address that nobody listens on. */
export async function freePort(below = 65_536): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer()
        .on("error", reject)
        .listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo;
          server.close(() => resolve(port));
        });
    });
    if (port < below) return port;
  }
}

/** Starts a program and waits until it has printed a text. It does not outlive this process. */
export function startProcess(
  command: string,
  args: string[],
  ready: string,
  options: SpawnOptionsWithoutStdio = {},
): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    endWithThisProcess(child);
    let output = "";
    const read = (chunk: Buffer): void => {
      output += chunk;
      if (output.includes(ready)) resolve(child);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`${command} ended:\n${output}`)));
  });
}

/** Ends a process and waits until it has. */
export function stopProcess(
  child: ChildProcess,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve()).kill(signal);
  });
}
