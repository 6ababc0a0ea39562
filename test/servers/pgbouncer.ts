import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startProcess, stopProcess } from "./processes.ts";

/** A pooler before a Postgres server, which gives each transaction whatever connection is free. */
export interface PgBouncer {
  readonly url: string;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

/** Starts PgBouncer on a free port, before a server of {@link startPostgres}. */
export async function startPgBouncer(postgres: string): Promise<PgBouncer> {
  const url = new URL(postgres);
  const folder = mkdtempSync(join(tmpdir(), "zession-pgbouncer-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const users = join(folder, "users.txt");
  writeFileSync(users, `"${url.username}" "${url.password}"\n`);
  const config = join(folder, "pgbouncer.ini");
  writeFileSync(
    config,
    `[databases]
* = host=${url.hostname} port=${url.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = 3
`,
  );
  // It does not run as root, like the server.
  const user = process.getuid?.() === 0 ? ["-u", "postgres"] : [];
  const bouncer = await startProcess("pgbouncer", [...user, config], "process up");
  url.port = `${port}`;
  return {
    url: url.href,
    remove: async () => {
      await stopProcess(bouncer, "SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
