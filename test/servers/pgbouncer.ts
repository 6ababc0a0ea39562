import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, removeFolder } from "./leftovers.ts";
import { freePort, startProcess, stopProcess } from "./processes.ts";
import { unprivilegedUser } from "./user.ts";

/** A pooler before a Postgres server, which gives each transaction whatever connection is free. */
export interface PgBouncer {
  readonly url: string;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

/** Starts PgBouncer on a free port, before a server of {@link startPostgres}. */
export async function startPgBouncer(postgres: string): Promise<PgBouncer> {
  const url = new URL(postgres);
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(makeFolder("pgbouncer"), removeFolder);
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
  // Like the server, it does not run as root.
  const run = { ...unprivilegedUser(), cwd: folder };
  const bouncer = await startProcess("pgbouncer", [config], "process up", run);
  started.defer(() => stopProcess(bouncer, "SIGINT"));
  url.port = `${port}`;
  const all = started.move();
  return { url: url.href, remove: () => all.disposeAsync() };
}
