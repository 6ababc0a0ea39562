import type { ChildProcess } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, removeFolder } from "./leftovers.ts";
import { freePort, startProcess, stopProcess } from "./processes.ts";
import { unprivilegedUser } from "./user.ts";

/** A MariaDB server of the tests' own. */
export interface MariadbServer {
  /** The address, with an empty database. */
  readonly url: string;
  start(): Promise<void>;
  /** Ends it; by `SIGKILL` at once, as a crash would. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

/** Starts a server on a free port. It knows no users and no passwords, so that it starts quickly. */
export async function startMariadb(...options: string[]): Promise<MariadbServer> {
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(makeFolder("mariadb"), removeFolder);
  const user = unprivilegedUser();
  const data = join(folder, "data");
  // A database is a folder.
  for (const path of [data, join(data, "tests")]) {
    mkdirSync(path);
    if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid);
  }
  const port = await freePort();
  const args = ["--no-defaults", `--datadir=${data}`, `--port=${port}`, "--bind-address=127.0.0.1"];
  args.push(`--socket=${join(data, "socket")}`, `--pid-file=${join(data, "pid")}`);
  args.push("--skip-grant-tables", "--skip-name-resolve");
  // Small, and what it acknowledges survives its end, not the machine's: no test has to wait for a
  // disk.
  args.push("--innodb-flush-log-at-trx-commit=2", "--innodb-log-file-size=8M");
  args.push("--innodb-buffer-pool-size=32M", ...options);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = await startProcess("mariadbd", args, "ready for connections", {
      ...user,
      cwd: folder,
    });
  };
  const stop = async (signal?: NodeJS.Signals): Promise<void> => {
    if (server !== undefined) await stopProcess(server, signal);
  };
  // Nobody will read its files.
  started.defer(() => stop("SIGKILL"));
  await start();
  const all = started.move();
  return {
    url: `mysql://root@127.0.0.1:${port}/tests`,
    start,
    stop,
    remove: () => all.disposeAsync(),
  };
}
