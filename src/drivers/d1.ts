import { ConfigurationError } from "../errors.ts";
import { AsyncSqlite, type AsyncSqliteDriver, type AsyncStatement } from "./async-sqlite.ts";

export type { AsyncSqliteDriver } from "./async-sqlite.ts";

/** Options of {@link d1Driver}. */
export interface D1DriverOptions {
  /** The binding to the database, such as `env.DB`. */
  readonly database: D1Binding;
  /** The table: letters, digits and `_`. Default `"zession"`. */
  readonly table?: string | undefined;
}

/** A binding to a D1 database. */
export interface D1Binding {
  /** Prepares a statement. */
  prepare(query: string): D1Prepared;
  /** Runs statements in one transaction. */
  batch(statements: D1Prepared[]): Promise<D1Rows[]>;
}

/** A prepared statement of D1. */
export interface D1Prepared {
  /** Returns the statement with values for its parameters. */
  bind(...values: unknown[]): D1Prepared;
}

/** The answer of D1 to a statement. */
export interface D1Rows {
  /** The rows. */
  readonly results: unknown[];
}

/** A driver on a D1 database. */
export interface D1Driver extends AsyncSqliteDriver {}

/**
 * Keeps sessions in D1, the SQLite database of Cloudflare Workers. A read or a write is one round
 * trip, and a write compares and sets in one statement.
 *
 * Create the table first: run `ddl` as a migration, or call `migrate()`.
 *
 * A write that reaches the database after its caller has given up is not carried out. The clocks
 * of the Worker's machine and of the database's decide that. They should agree to within the
 * definition's `timeout`.
 *
 * Writes delete expired sessions along the way, 200 for every 100 writes at most. `sweep()` deletes
 * all of them.
 *
 * @throws ConfigurationError if `database` is no binding or the table's name is invalid
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 *
 * defineSession({ key, value, keyFn, driver: d1Driver({ database: env.DB }) });
 * ```
 */
export function d1Driver({ database, table = "zession" }: D1DriverOptions): D1Driver {
  if (typeof database?.prepare !== "function")
    throw new ConfigurationError('"database" of d1Driver must be a binding to D1, such as env.DB.');
  if (typeof table !== "string" || !/^(?!sqlite_|_cf_)[a-z_]\w{0,62}$/i.test(table))
    throw new ConfigurationError(
      '"table" of d1Driver must be made of letters, digits and "_", and not begin with "sqlite_" or "_cf_".',
    );
  const batch = async (statements: AsyncStatement[]): Promise<unknown[][]> => {
    const prepared = statements.map(({ sql, args }) => database.prepare(sql).bind(...args));
    return (await database.batch(prepared)).map(({ results }) => results);
  };
  const run = async (statement: AsyncStatement): Promise<unknown[]> =>
    (await batch([statement])).flat();
  return new AsyncSqlite({ run, batch }, table);
}
