import { ConfigurationError } from "../errors.ts";
import { AsyncSqlite, type AsyncSqliteDriver, type AsyncStatement } from "./async-sqlite.ts";
import { BUSY_TIMEOUT, endOf, retryUntil } from "./retry-until.ts";

export type { AsyncSqliteDriver, AsyncStatement } from "./async-sqlite.ts";

/** Options of {@link libsqlDriver}. */
export interface LibsqlDriverOptions {
  /** A client of the package `@libsql/client`. It stays yours to close. */
  readonly client: LibsqlClient;
  /** The table: letters, digits and `_`. Default `"zession"`. */
  readonly table?: string | undefined;
}

/** What {@link libsqlDriver} uses of a client of the package `@libsql/client`. */
export interface LibsqlClient {
  /** Runs a statement. */
  execute(statement: AsyncStatement): Promise<LibsqlRows>;
}

/** The answer of libSQL to a statement. */
export interface LibsqlRows {
  /** The rows. */
  readonly rows: readonly unknown[];
}

/** A driver on a libSQL database. */
export interface LibsqlDriver extends AsyncSqliteDriver {}

/** The code for a file that another process has locked. <https://sqlite.org/rescode.html#busy> */
const SQLITE_BUSY = 5;

/**
 * Keeps sessions in libSQL: in a database of Turso or of a server, or in a file. A read or a write
 * is one statement, which compares and sets, and a refused write is one more.
 *
 * A file is for one process, because a connection of the client that once met a locked file may keep
 * it locked. Where several processes share a file, use `sqliteDriver`.
 *
 * Create the table first: call `migrate()`, or run `ddl` as a migration.
 *
 * A write that reaches the database after its caller has given up is not carried out. The clocks of
 * this machine and of the database's decide that. They should agree to within the definition's
 * `timeout`.
 *
 * Writes delete expired sessions along the way, 200 for every 100 writes at most. `sweep()` deletes
 * all of them.
 *
 * @throws ConfigurationError if `client` is no client or the table's name is invalid
 * @example
 * ```ts
 * const driver = libsqlDriver({ client: createClient({ url: process.env.TURSO_DATABASE_URL }) });
 * await driver.migrate();
 * defineSession({ key, value, keyFn, driver });
 * ```
 */
export function libsqlDriver({ client, table = "zession" }: LibsqlDriverOptions): LibsqlDriver {
  if (typeof client?.execute !== "function")
    throw new ConfigurationError(
      '"client" of libsqlDriver must be a client of the package @libsql/client.',
    );
  if (typeof table !== "string" || !/^(?!sqlite_|libsql_)[a-z_]\w{0,62}$/i.test(table))
    throw new ConfigurationError(
      '"table" of libsqlDriver must be made of letters, digits and "_", and not begin with "sqlite_" or "libsql_".',
    );
  // No batches: the client cannot commit one on a connection that has met a locked file before.
  const run = async (statement: AsyncStatement, timeout?: number): Promise<readonly unknown[]> => {
    const end = endOf(timeout ?? BUSY_TIMEOUT);
    return (await retryUntil(end, isBusy, () => client.execute(statement))).rows;
  };
  return new AsyncSqlite({ run }, table);
}

/**
 * Whether another connection has the file locked, and nothing was changed: the low byte of SQLite's
 * extended code.
 */
function isBusy(error: unknown): boolean {
  return (Number((error as { rawCode?: unknown } | undefined)?.rawCode) & 0xff) === SQLITE_BUSY;
}
