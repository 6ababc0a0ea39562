import type {
  Driver,
  DriverRecord,
  TouchOptions,
  WriteOptions,
  WriteResult,
} from "../core/driver.ts";
import { ConfigurationError } from "../core/errors.ts";
import { newVersion } from "./new-version.ts";
import { patient } from "./patient.ts";
import { statementFor } from "./statement-for.ts";

/** A row of an answer, by the names of its columns. */
export type Row = Record<string, unknown>;

/** An answer of `pg`. */
export interface PgAnswer {
  /** The rows. */
  readonly rows: Row[];
}

/** What {@link postgresDriver} uses of a `Pool` or `Client` of the package `pg`. */
export interface PgPool {
  /** Runs a statement, or several without values. */
  query(text: string, values?: unknown[]): Promise<PgAnswer>;
}

/** What {@link postgresDriver} uses of the `sql` of the package `postgres`. */
export interface PostgresJs {
  /** Runs a statement as it is. */
  unsafe(
    text: string,
    values?: never[],
  ): PromiseLike<readonly Row[]> & {
    /** Lets it be several. */
    simple(): PromiseLike<unknown>;
  };
}

/** What {@link postgresDriver} is told. */
export interface PostgresDriverOptions {
  /** A pool of the package `pg`, or the `sql` of the package `postgres`. It stays yours to close. */
  readonly pool: PgPool | PostgresJs;
  /** The table: letters, digits and `_`. Default `"zession"`. */
  readonly table?: string | undefined;
  /** The schema that the table is in: letters, digits and `_`. Default: the first of the connection's `search_path`. */
  readonly schema?: string | undefined;
}

/** A driver with the statement that makes its table. */
export interface PostgresDriver extends Driver {
  readonly atomic: true;
  /**
   * Makes the table and its index where they are missing. May be called by many processes at once. For those who make their
   * tables otherwise, it does what {@link PostgresDriver.ddl} says.
   */
  migrate(): Promise<void>;
  /** The statements that make the table and its index. */
  readonly ddl: string;
  sweep(): Promise<number>;
}

/** How many expired sessions are deleted by one statement. */
const BATCH = 500;
/** After how many writes some are. */
const WRITES_PER_BATCH = 250;

/**
 * Keeps sessions in a table of Postgres 12 or later. Every verb's statement is a transaction of its own, without a prepared
 * name or a setting, so it works under any isolation level and, with `pg`, through a transaction pooler; times are compared by
 * the server's clock and in no time zone.
 *
 * Expired sessions are deleted along the way, 500 for every 250 writes at most, or by `sweep()`.
 *
 * @throws ConfigurationError if the pool is none or a name is not one
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

interface Connection {
  query(text: string, values: unknown[]): PromiseLike<readonly Row[]>;
  /** Runs several statements at once, as one transaction. */
  script(text: string): PromiseLike<unknown>;
}

function connectionOf(pool: PgPool | PostgresJs): Connection {
  const isObject = (typeof pool === "object" || typeof pool === "function") && pool !== null;
  if (isObject && "query" in pool && typeof pool.query === "function") {
    return {
      query: (text, values) => pool.query(text, values).then(({ rows }) => rows),
      script: (text) => pool.query(text),
    };
  }
  if (isObject && "unsafe" in pool && typeof pool.unsafe === "function") {
    return {
      query: (text, values) => pool.unsafe(text, values as never[]),
      script: (text) => pool.unsafe(text).simple(),
    };
  }
  throw new ConfigurationError(
    '"pool" of postgresDriver must be a pool of the package pg, or the sql of the package postgres.',
  );
}

class Postgres implements PostgresDriver {
  readonly atomic = true;
  readonly ddl: string;
  readonly #connection: Connection;
  readonly #sql: ReturnType<typeof statements>;
  /** As it is written in a statement. */
  readonly #table: string;
  #writes = 0;

  constructor(connection: Connection, prefix: string, table: string) {
    this.#connection = connection;
    this.#table = `${prefix}"${table}"`;
    this.#sql = statements(this.#table);
    this.ddl = ddlOf(prefix, table);
  }

  async migrate(): Promise<void> {
    // IF NOT EXISTS alone fails where two make the same table at the same moment. Statements sent at once are one transaction.
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('zession ${this.#table}', 0))`;
    await this.#connection.script(`${lock}; ${this.ddl}`);
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    const [row] = await this.#query(this.#sql.read, [key]);
    return recordOf(row);
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition }: WriteOptions,
  ): Promise<WriteResult> {
    if (++this.#writes % WRITES_PER_BATCH === 0) this.#sweepUnheard();
    const version = newVersion();
    const values: unknown[] = [key, text, version, expiresAt ?? null, ttl ?? null];
    if (typeof condition === "object") values.push(condition.version);
    const [row] = await this.#query(this.#sql[statementFor(condition)], values);
    const [outcome, ...columns] = row ?? [];
    if (outcome === "written") return { written: true, version };
    const current = recordOf(columns);
    // The statement saw the table as it was when it began; who won may have come after that.
    const isStale =
      typeof condition === "object"
        ? current?.version === condition.version
        : (current === undefined) === (condition === "absent");
    return { written: false, current: isStale ? await this.read(key) : current };
  }

  async remove(key: string): Promise<boolean> {
    const [row] = await this.#query(this.#sql.remove, [key]);
    return row?.[0] === "live";
  }

  async touch(key: string, { expiresAt, ttl, if: condition }: TouchOptions): Promise<boolean> {
    const values = [key, expiresAt ?? null, ttl ?? null, condition?.version ?? null];
    return (await this.#query(this.#sql.touch, values)).length > 0;
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = BATCH; batch === BATCH; swept += batch) {
      batch = (await this.#query(this.#sql.sweep)).length;
    }
    return swept;
  }

  /**
   * Runs a statement, again where another went first and the isolation of the database lets only one: nothing was done then.
   * Gives columns in their order, all of them text: a client may be told to rename columns and to read other types its own way.
   */
  async #query(text: string, values: unknown[] = []): Promise<readonly (readonly unknown[])[]> {
    const rows = await patient(async () => this.#connection.query(text, values), wasRolledBack);
    return rows.map((row) => Object.values(row));
  }

  /** Deletes some of what has expired, while nobody waits for it. One that fails leaves it to the next. */
  #sweepUnheard(): void {
    this.#query(this.#sql.sweep).then(undefined, () => {});
  }
}

/** The record in the columns of a row, if there is one. */
function recordOf(columns: readonly unknown[] | undefined): DriverRecord | undefined {
  const [text, version, ends] = columns ?? [];
  if (typeof text !== "string" || typeof version !== "string") return undefined;
  return { text, version, expiresAt: ends === null ? undefined : Number(ends) };
}

/** Tells of a serialization failure or a deadlock. <https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html> */
function wasRolledBack(error: unknown): boolean {
  return ["40001", "40P01"].includes((error as { code?: unknown }).code as string);
}

function ddlOf(prefix: string, table: string): string {
  return `
CREATE TABLE IF NOT EXISTS ${prefix}"${table}" (
  key text COLLATE "C" PRIMARY KEY,
  text text NOT NULL,
  version text NOT NULL,
  -- By the clock of the program, in milliseconds since 1970: kept, and compared with nothing.
  expires_at double precision,
  -- By the clock of the server: when the row may be deleted.
  deadline timestamptz
);
CREATE INDEX IF NOT EXISTS "${table}_deadline" ON ${prefix}"${table}" (deadline) WHERE deadline IS NOT NULL;
`;
}

/**
 * Each is one statement, and so one transaction. By `clock_timestamp`, since one that waits for another is to know what has
 * expired meanwhile; the sweep by `now`, which an index can serve.
 */
function statements(table: string) {
  const live = "(t.deadline IS NULL OR t.deadline > clock_timestamp())";
  const deadline = "clock_timestamp() + $5::double precision * interval '1 millisecond'";
  const put = `INSERT INTO ${table} AS t (key, text, version, expires_at, deadline)
    VALUES ($1, $2, $3, $4::double precision, ${deadline})
    ON CONFLICT (key) DO UPDATE SET text = excluded.text, version = excluded.version,
      expires_at = excluded.expires_at, deadline = excluded.deadline`;
  const replace = `UPDATE ${table} AS t SET text = $2, version = $3, expires_at = $4::double precision,
    deadline = ${deadline} WHERE t.key = $1 AND ${live}`;
  const record = "t.text, t.version, t.expires_at::text AS ends";
  /** Gives a row that says so, or what is there instead. */
  const orCurrent = (write: string): string => `WITH written AS (${write} RETURNING 1)
    SELECT 'written' AS outcome, NULL AS text, NULL AS version, NULL AS ends FROM written
    UNION ALL
    SELECT 'refused', ${record} FROM ${table} AS t
      WHERE t.key = $1 AND ${live} AND NOT EXISTS (SELECT FROM written)`;
  return {
    read: `SELECT ${record} FROM ${table} AS t WHERE t.key = $1 AND ${live}`,
    put: orCurrent(put),
    insert: orCurrent(`${put} WHERE NOT ${live}`),
    replace: orCurrent(replace),
    exchange: orCurrent(`${replace} AND t.version = $6`),
    remove: `DELETE FROM ${table} AS t WHERE t.key = $1 RETURNING CASE WHEN ${live} THEN 'live' ELSE 'expired' END AS was`,
    touch: `UPDATE ${table} AS t SET expires_at = $2::double precision,
        deadline = clock_timestamp() + $3::double precision * interval '1 millisecond'
      WHERE t.key = $1 AND ${live} AND ($4::text IS NULL OR t.version = $4) RETURNING 1`,
    sweep: `DELETE FROM ${table} WHERE key IN (
        SELECT key FROM ${table} WHERE deadline <= now() LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
      RETURNING 1`,
  };
}
