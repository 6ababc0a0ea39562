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

/** A statement, and its values by number. */
export interface AsyncStatement {
  /** The statement, with `?1`, `?2` … for its values. */
  readonly sql: string;
  /** Its values. */
  readonly args: (string | number | null)[];
}

/** A database of SQLite. `timeout` is how many milliseconds the caller waits. */
export interface AsyncDatabase {
  /** Runs a statement and returns its rows. */
  run(statement: AsyncStatement, timeout?: number): Promise<readonly unknown[]>;
  /** Runs statements in one transaction and returns the rows of each, if it can do so. */
  batch?(statements: AsyncStatement[]): Promise<(readonly unknown[])[]>;
}

/** A driver on a database of SQLite that answers later. */
export interface AsyncSqliteDriver extends Driver {
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
/** After how many writes of this process it does. */
const WRITES_PER_BATCH = 100;

/** Keeps sessions in a database of SQLite that answers later. */
export class AsyncSqlite implements AsyncSqliteDriver {
  readonly atomic = true;
  readonly ddl: string;
  readonly #database: AsyncDatabase;
  readonly #statements: Statements;
  #writes = 0;

  constructor(database: AsyncDatabase, table: string) {
    this.#database = database;
    this.#statements = statements(table);
    this.ddl = this.#statements.ddl.join(";\n");
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    return recordOfRow((await this.#database.run(this.#statement("read", key)))[0]);
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition, timeout }: WriteOptions,
  ): Promise<WriteResult> {
    const version = newVersion();
    const values = [key, latestOf(timeout), expiresAt ?? null, ttl ?? null, text, version];
    if (typeof condition === "object") values.push(`${condition.version}`);
    const call = this.#statement(statementFor(condition), ...values);
    const isToSweep = ++this.#writes % WRITES_PER_BATCH === 0;
    if (this.#database.batch === undefined) {
      if (isToSweep) this.#sweepInBackground();
      const written = await this.#database.run(call, timeout);
      if (written.length === 1) return { written: true, version };
      return { written: false, current: await this.read(key) };
    }
    const calls = [call, this.#statement("read", key)];
    if (isToSweep) calls.push(this.#statement("sweep"));
    // One transaction: what it reads is what refused the write.
    const [writing, reading] = await this.#database.batch(calls);
    if (writing?.length === 1) return { written: true, version };
    return { written: false, current: recordOfRow(reading?.[0]) };
  }

  async remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    const statement = this.#statement("remove", key, latestOf(timeout));
    const [removed] = await this.#database.run(statement, timeout);
    return Number((removed as { was_live: unknown } | undefined)?.was_live) === 1;
  }

  async touch(
    key: string,
    { expiresAt, ttl, if: condition, timeout }: TouchOptions,
  ): Promise<boolean> {
    const wanted = condition === undefined ? null : `${condition.version}`;
    const values = [key, latestOf(timeout), expiresAt ?? null, ttl ?? null, wanted];
    const touched = await this.#database.run(this.#statement("touch", ...values), timeout);
    return touched.length > 0;
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = BATCH; batch === BATCH; swept += batch)
      batch = (await this.#database.run(this.#statement("sweep"))).length;
    return swept;
  }

  async migrate(): Promise<void> {
    for (const sql of this.#statements.ddl) await this.#database.run({ sql, args: [] });
  }

  #statement(name: Exclude<keyof Statements, "ddl">, ...args: AsyncStatement["args"]) {
    return { sql: this.#statements[name], args };
  }

  /**
   * Deletes some expired sessions. No caller waits for it or gets its error: the next one deletes
   * them.
   */
  #sweepInBackground(): void {
    this.#database.run(this.#statement("sweep")).then(undefined, () => {});
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
