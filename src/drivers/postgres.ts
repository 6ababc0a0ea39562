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
import {
  type Connection,
  codeOf,
  connectionOf,
  type PgPool,
  type PostgresJs,
} from "./postgres-connection.ts";
import { ASK_SERVER, BATCH, ddlOf, statements } from "./postgres-statements.ts";
import { BUSY_TIMEOUT, endOf, retryUntil } from "./retry-until.ts";
import { statementFor } from "./statement-for.ts";
import { TimedChanges } from "./timed-changes.ts";

export type { PgAnswer, PgPool, PgStatement, PostgresJs, Row } from "./postgres-connection.ts";

/** Options of {@link postgresDriver}. */
export interface PostgresDriverOptions {
  /**
   * A pool of the package `pg`, or the `sql` of the package `postgres`. It stays yours to close.
   */
  readonly pool: PgPool | PostgresJs;
  /** The table: letters, digits and `_`. Default `"zession"`. */
  readonly table?: string | undefined;
  /**
   * The schema that the table is in: letters, digits and `_`. Default: the first of the
   * connection's `search_path`.
   */
  readonly schema?: string | undefined;
}

/** A driver that can create its table. */
export interface PostgresDriver extends Driver {
  readonly atomic: true;
  /**
   * Creates the table and its index if they are missing. Many processes may call it at once. If you
   * create your tables otherwise, run {@link PostgresDriver.ddl} instead.
   *
   * @throws ConfigurationError if the database's encoding is not UTF-8
   */
  migrate(): Promise<void>;
  /** The statements that create the table and its index. */
  readonly ddl: string;
  sweep(): Promise<number>;
}

/** After how many writes some are. */
const WRITES_PER_BATCH = 250;

/** The code of a statement that its own {@link inTime} refused: invalid_text_representation. */
const TOO_LATE = "22P02";
/**
 * The codes of a serialization failure and a deadlock.
 * <https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html>
 */
const ROLLED_BACK = ["40001", "40P01"];

/** The code of a table that is not there. */
const NO_TABLE = "42P01";

/**
 * Keeps sessions in a table of Postgres 12 or later. Each call is one statement in a transaction of
 * its own, without a setting. So it works under any isolation level and, with `pg`, through a
 * transaction pooler. Statements are prepared, once for each connection, unless a pooler is found
 * that cannot keep them.
 *
 * The server refuses a write that has waited longer than its caller: in the pool, on the network or
 * for a lock. To know how late it is, and that the database's encoding is UTF-8, the first write
 * asks the server once, unless {@link PostgresDriver.migrate} has. The first write throws a
 * `ConfigurationError` if the encoding is another. So do all calls while the table is missing.
 *
 * Writes delete expired sessions along the way, 500 for every 250 writes at most. `sweep()` deletes
 * all of them.
 *
 * @throws ConfigurationError if the pool is not one or a name is invalid
 * @example
 * ```ts
 * const driver = postgresDriver({ pool: new Pool({ connectionString: process.env.DATABASE_URL }) });
 * await driver.migrate();
 * defineSession({ key, value, keyFn, driver });
 * ```
 */
export function postgresDriver(options: PostgresDriverOptions): PostgresDriver {
  const { pool, table = "zession", schema } = options;
  for (const [option, name] of Object.entries({ table, schema })) {
    if (name !== undefined && !(typeof name === "string" && /^[a-z_][a-z0-9_]{0,54}$/i.test(name)))
      throw new ConfigurationError(
        `"${option}" of postgresDriver must be made of letters, digits and "_", 55 at most.`,
      );
  }
  const prefix = schema === undefined ? "" : `"${schema}".`;
  return new Postgres(connectionOf(pool), prefix, table);
}

class Postgres implements PostgresDriver {
  readonly atomic = true;
  readonly ddl: string;
  readonly #connection: Connection;
  readonly #changes = new TimedChanges({
    askTime: () => this.#askServer(),
    isLate: (error) => codeOf(error) === TOO_LATE,
    isRolledBack: wasRolledBack,
  });
  readonly #sql: ReturnType<typeof statements>;
  /** The table's name, quoted for a statement. */
  readonly #table: string;
  #writes = 0;

  constructor(connection: Connection, prefix: string, table: string) {
    this.#connection = connection;
    this.#table = `${prefix}"${table}"`;
    this.#sql = statements(this.#table);
    this.ddl = ddlOf(prefix, table);
  }

  async migrate(): Promise<void> {
    await this.#changes.askTime();
    // IF NOT EXISTS alone fails if two create the same table at once. Statements sent together are
    // one transaction.
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('zession ${this.#table}', 0))`;
    await this.#connection.script(`${lock}; ${this.ddl}`);
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    const [row] = await retryUntil(endOf(BUSY_TIMEOUT), wasRolledBack, () =>
      this.#query(this.#sql.read, [key]),
    );
    return recordOf(row);
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition, timeout }: WriteOptions,
  ): Promise<WriteResult> {
    if (++this.#writes % WRITES_PER_BATCH === 0) this.#sweepInBackground();
    const version = newVersion();
    const values: unknown[] = [key, text, version, expiresAt ?? null, ttl ?? null];
    if (typeof condition === "object") values.push(condition.version);
    const [row] = await this.#change(this.#sql[statementFor(condition)], values, timeout);
    const [outcome, ...columns] = row ?? [];
    if (outcome === "written") return { written: true, version };
    const current = recordOf(columns);
    // The statement saw the table as it was when it began. A write that won may be newer than that.
    const isStale =
      typeof condition === "object"
        ? current?.version === condition.version
        : (current === undefined) === (condition === "absent");
    return { written: false, current: isStale ? await this.read(key) : current };
  }

  async remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    const [row] = await this.#change(this.#sql.remove, [key], timeout);
    return row?.[0] === "live";
  }

  async touch(
    key: string,
    { expiresAt, ttl, if: condition, timeout }: TouchOptions,
  ): Promise<boolean> {
    const values = [key, expiresAt ?? null, ttl ?? null, condition?.version ?? null];
    return (await this.#change(this.#sql.touch, values, timeout)).length > 0;
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = BATCH; batch === BATCH; swept += batch) {
      batch = (await this.#change(this.#sql.sweep, [], undefined)).length;
    }
    return swept;
  }

  /** Runs a statement that changes rows. The server refuses it if it would commit after `timeout`. */
  async #change(
    text: string,
    values: readonly unknown[],
    timeout: number | undefined,
  ): Promise<readonly (readonly unknown[])[]> {
    const { rows } = await this.#changes.run(timeout, async (latest) => {
      const rows = await this.#query(text, [latest, ...values]);
      return { time: rows[0] && Number(rows[0][0]), rows: rows.map(([, ...columns]) => columns) };
    });
    return rows;
  }

  /** Checks the server's encoding, and returns its time. */
  async #askServer(): Promise<number> {
    const [row] = await this.#query(ASK_SERVER, []);
    const [time, encoding] = row ?? [];
    if (encoding !== "UTF8") {
      throw new ConfigurationError(
        `postgresDriver needs a database whose encoding is UTF8, but this one's is ${encoding}. Create one by: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0.`,
      );
    }
    return Number(time);
  }

  /**
   * Runs a statement. Returns columns by position, all of them text, because a client may be set up
   * to rename columns and to parse other types in its own way.
   *
   * @throws ConfigurationError if the table is missing
   */
  async #query(text: string, values: unknown[]): Promise<readonly (readonly unknown[])[]> {
    try {
      const rows = await this.#connection.query(text, values);
      return rows.map((row) => Object.values(row));
    } catch (error) {
      if (codeOf(error) !== NO_TABLE) throw error;
      throw new ConfigurationError(
        `postgresDriver finds no table ${this.#table}. Call driver.migrate() when the program starts, or run driver.ddl.`,
      );
    }
  }

  /**
   * Deletes some expired sessions. No caller waits for it or gets its error: the next one deletes
   * them.
   */
  #sweepInBackground(): void {
    this.#change(this.#sql.sweep, [], undefined).then(undefined, () => {});
  }
}

/** Returns the record in the columns of a row, if there is one. */
function recordOf(columns: readonly unknown[] | undefined): DriverRecord | undefined {
  const [text, version, ends] = columns ?? [];
  if (typeof text !== "string" || typeof version !== "string") return undefined;
  return { text, version, expiresAt: ends === null ? undefined : Number(ends) };
}

function wasRolledBack(error: unknown): boolean {
  return ROLLED_BACK.includes(codeOf(error) as string);
}
