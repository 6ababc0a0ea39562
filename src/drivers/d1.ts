import { ConfigurationError } from "../errors.ts";
import type {
  CallOptions,
  Driver,
  DriverRecord,
  TouchOptions,
  WriteOptions,
  WriteResult,
} from "./driver.ts";
import { newVersion } from "./new-version.ts";
import { recordOfRow } from "./sqlite-row.ts";
import { statementFor } from "./statement-for.ts";

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
  /** Runs it and returns the first row. */
  first(): Promise<unknown>;
  /** Runs it and returns all rows. */
  all(): Promise<D1Rows>;
}

/** The answer of D1 to a statement. */
export interface D1Rows {
  /** The rows. */
  readonly results: unknown[];
}

/** A driver on a D1 database. */
export interface D1Driver extends Driver {
  readonly atomic: true;
  /** The statements that create the table and its index, for a migration of yours. */
  readonly ddl: string;
  /** Creates the table if it is missing. */
  migrate(): Promise<void>;
  /** Deletes all expired sessions, a few at a time. Returns how many. */
  sweep(): Promise<number>;
}

/** How many expired sessions one statement deletes. */
const BATCH = 200;
/** After how many writes of this isolate it does. */
const WRITES_PER_BATCH = 100;

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
  return new D1(database, table);
}

class D1 implements D1Driver {
  readonly atomic = true;
  readonly ddl: string;
  readonly #database: D1Binding;
  readonly #statements: Statements;
  #writes = 0;

  constructor(database: D1Binding, table: string) {
    this.#database = database;
    this.#statements = statements(table);
    this.ddl = this.#statements.ddl.join(";\n");
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    return recordOfRow(await this.#prepare("read", key).first());
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition, timeout }: WriteOptions,
  ): Promise<WriteResult> {
    const version = newVersion();
    const values = [key, latestOf(timeout), expiresAt ?? null, ttl ?? null, text, version];
    if (typeof condition === "object") values.push(`${condition.version}`);
    const calls = [this.#prepare(statementFor(condition), ...values), this.#prepare("read", key)];
    if (++this.#writes % WRITES_PER_BATCH === 0) calls.push(this.#prepare("sweep"));
    // One transaction: what it reads is what refused the write.
    const [writing, reading] = await this.#database.batch(calls);
    if (writing?.results.length === 1) return { written: true, version };
    return { written: false, current: recordOfRow(reading?.results[0]) };
  }

  async remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    const removed = await this.#prepare("remove", key, latestOf(timeout)).first();
    return (removed as { was_live: number } | null)?.was_live === 1;
  }

  async touch(
    key: string,
    { expiresAt, ttl, if: condition, timeout }: TouchOptions,
  ): Promise<boolean> {
    const wanted = condition === undefined ? null : `${condition.version}`;
    const values = [key, latestOf(timeout), expiresAt ?? null, ttl ?? null, wanted];
    return (await this.#prepare("touch", ...values).first()) !== null;
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = BATCH; batch === BATCH; swept += batch)
      batch = (await this.#prepare("sweep").all()).results.length;
    return swept;
  }

  async migrate(): Promise<void> {
    await this.#database.batch(this.#statements.ddl.map((it) => this.#database.prepare(it)));
  }

  #prepare(name: Exclude<keyof Statements, "ddl">, ...values: unknown[]): D1Prepared {
    return this.#database.prepare(this.#statements[name]).bind(...values);
  }
}

/** Until when a caller waits, in milliseconds since 1970. */
function latestOf(timeout: number | undefined): number | null {
  return timeout === undefined ? null : Date.now() + timeout;
}

type Statements = ReturnType<typeof statements>;

/**
 * Each is one statement. `?1` is the key, `?2` until when the caller waits, `?3` the end by the
 * definition's clock, `?4` the time to live, `?5` the text, `?6` its version, and `?7` the version
 * that the record must have (`?5` of a touch). Those that change a record return a row if they do.
 */
function statements(table: string) {
  // The database's clock in milliseconds since 1970, with a fraction.
  const now = "((julianday('now') - 2440587.5) * 86400000)";
  const live = `(deadline IS NULL OR deadline > ${now})`;
  // A late call must fail, and SQLite has no function for that: this is no JSON. It is random, so
  // that it is not computed beforehand.
  const inTime = `(CASE WHEN ?2 IS NULL OR ${now} < ?2 THEN TRUE
    ELSE json('the caller no longer waits' || random()) END)`;
  const set = `text = ?5, version = ?6, expires_at = ?3, deadline = ${now} + ?4`;
  const put = `INSERT INTO "${table}" (key, text, version, expires_at, deadline)
    SELECT ?1, ?5, ?6, ?3, ${now} + ?4 WHERE ${inTime}
    ON CONFLICT (key) DO UPDATE SET ${set}`;
  const replace = `UPDATE "${table}" SET ${set} WHERE ${inTime} AND key = ?1 AND ${live}`;
  const done = "RETURNING 1";
  return {
    ddl: [
      `CREATE TABLE IF NOT EXISTS "${table}" (
  key TEXT PRIMARY KEY NOT NULL,
  text TEXT NOT NULL,
  version TEXT NOT NULL,
  -- By the clock of the program, in milliseconds since 1970: kept, and compared with nothing.
  expires_at REAL,
  -- By the clock of the database: when the row may be deleted.
  deadline REAL
) WITHOUT ROWID`,
      `CREATE INDEX IF NOT EXISTS "${table}_deadline" ON "${table}" (deadline) WHERE deadline IS NOT NULL`,
    ],
    read: `SELECT text, version, expires_at FROM "${table}" WHERE key = ?1 AND ${live}`,
    put: `${put} ${done}`,
    insert: `${put} WHERE NOT ${live} ${done}`,
    replace: `${replace} ${done}`,
    exchange: `${replace} AND version = ?7 ${done}`,
    remove: `DELETE FROM "${table}" WHERE ${inTime} AND key = ?1 RETURNING ${live} AS was_live`,
    touch: `UPDATE "${table}" SET expires_at = ?3, deadline = ${now} + ?4
      WHERE ${inTime} AND key = ?1 AND ${live} AND (?5 IS NULL OR version = ?5) ${done}`,
    sweep: `DELETE FROM "${table}" WHERE key IN (
      SELECT key FROM "${table}" WHERE deadline <= ${now} LIMIT ${BATCH}) RETURNING 1`,
  };
}
