import { ConfigurationError, TooLargeError } from "../errors.ts";
import type {
  CallOptions,
  Driver,
  DriverRecord,
  TouchOptions,
  WriteOptions,
  WriteResult,
} from "./driver.ts";
import {
  ASK_SERVER,
  BATCH,
  ddlOf,
  type ParameterName,
  type Statement,
  type Statements,
  statements,
} from "./mysql-statements.ts";
import { newVersion } from "./new-version.ts";
import { BUSY_TIMEOUT, endOf, retryUntil } from "./retry-until.ts";
import { statementFor } from "./statement-for.ts";
import { TimedChanges } from "./timed-changes.ts";

/** A statement, and how to read the rows of its answer. */
export interface MysqlStatement {
  /** The text, with `?` for each value. */
  readonly sql: string;
  /** The values. */
  readonly values: (string | number | null)[];
  /** Rows come as arrays. */
  readonly rowsAsArray: true;
  /** Nor as objects of tables. */
  readonly nestTables: false;
  /** Reads a column in the usual way, whatever the pool is set to. */
  readonly typeCast: (field: unknown, next: () => unknown) => unknown;
}

/** What {@link mysqlDriver} uses of a pool of `mysql2/promise`. */
export interface MysqlPromisePool {
  /** Runs a prepared statement. */
  execute(statement: MysqlStatement): Promise<[unknown, ...unknown[]]>;
}

/** What {@link mysqlDriver} uses of a pool of `mysql2`, which has callbacks. */
export interface MysqlCallbackPool {
  /** Returns the same pool with promises. */
  promise(): MysqlPromisePool;
}

/** Options of {@link mysqlDriver}. */
export interface MysqlDriverOptions {
  /** A pool of the package `mysql2`, or of `mysql2/promise`. It stays yours to close. */
  readonly pool: MysqlPromisePool | MysqlCallbackPool;
  /** The table: letters, digits and `_`. Default `"zession"`. */
  readonly table?: string | undefined;
}

/** A driver that can create its table. */
export interface MysqlDriver extends Driver {
  readonly atomic: true;
  /**
   * Creates the table if it is missing. Many processes may call it at once. If you create your
   * tables otherwise, run {@link MysqlDriver.ddl} instead.
   *
   * @throws ConfigurationError if a connection is set up in a way that would damage sessions
   */
  migrate(): Promise<void>;
  /** The statement that creates the table. */
  readonly ddl: string;
  /** Deletes all expired sessions, a few at a time. Returns how many. */
  sweep(): Promise<number>;
}

/** After how many writes some are. */
const WRITES_PER_BATCH = 250;
/** How many bytes of a packet a write needs beside the text, at most. */
const PACKET_OVERHEAD = 4096;

/** Later than any server's clock. */
const NEVER = Number.MAX_SAFE_INTEGER;

// The server's errors: <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>
/** A number is out of range: a statement refused itself because its caller no longer waits. */
const ER_DATA_OUT_OF_RANGE = 1690;
/** A lock took too long; a deadlock; and MariaDB's: a row changed since the statement began. */
const ROLLED_BACK = [1205, 1213, 1020];

/**
 * Keeps sessions in a table of MySQL 8 or later, or MariaDB 10.5 or later. Each call is one
 * prepared statement in a transaction of its own, and a refused write is one more.
 *
 * The server refuses a write that has waited longer than its caller: in the pool, on the network or
 * for a lock. To know how late it is, and that the connection can carry every text, the first write
 * asks the server once, unless {@link MysqlDriver.migrate} has.
 *
 * Writes delete expired sessions along the way, 500 for every 250 writes at most. `sweep()` deletes
 * all of them.
 *
 * @throws ConfigurationError if the pool is not one or the table's name is invalid
 * @example
 * ```ts
 * const driver = mysqlDriver({ pool: mysql.createPool({ uri: process.env.DATABASE_URL }) });
 * await driver.migrate();
 * defineSession({ key, value, keyFn, driver });
 * ```
 */
export function mysqlDriver({ pool, table = "zession" }: MysqlDriverOptions): MysqlDriver {
  if (!(typeof table === "string" && /^[a-z_][a-z0-9_]{0,54}$/i.test(table)))
    throw new ConfigurationError(
      '"table" of mysqlDriver must be made of letters, digits and "_", 55 at most.',
    );
  return new Mysql(promisePoolOf(pool), table);
}

function promisePoolOf(pool: MysqlPromisePool | MysqlCallbackPool): MysqlPromisePool {
  if (typeof pool === "object" && pool !== null) {
    if ("promise" in pool && typeof pool.promise === "function") return pool.promise();
    if ("execute" in pool && typeof pool.execute === "function") return pool;
  }
  throw new ConfigurationError(
    '"pool" of mysqlDriver must be a pool of the package mysql2 or mysql2/promise.',
  );
}

/** Values of a statement's parameters. */
type Values = Partial<Record<ParameterName, string | number | undefined>>;

/** The answer to a statement that changes rows. */
interface Changed {
  readonly insertId: number | string;
  readonly affectedRows: number;
}

class Mysql implements MysqlDriver {
  readonly atomic = true;
  readonly ddl: string;
  readonly #pool: MysqlPromisePool;
  readonly #changes = new TimedChanges({
    askTime: () => this.#askServer(),
    isLate: (error) => errnoOf(error) === ER_DATA_OUT_OF_RANGE,
    isRolledBack: wasRolledBack,
  });
  readonly #sql: Statements;
  /** The server's `max_allowed_packet`, in bytes, once it is known. */
  #maxPacket = Infinity;
  #writes = 0;

  constructor(pool: MysqlPromisePool, table: string) {
    this.#pool = pool;
    this.#sql = statements(table);
    this.ddl = ddlOf(table);
  }

  async migrate(): Promise<void> {
    await this.#changes.askTime();
    await this.#execute({ text: this.ddl, names: [] }, {});
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    const rows = await retryUntil(endOf(BUSY_TIMEOUT), wasRolledBack, () =>
      this.#execute(this.#sql.read, { key }),
    );
    const [row] = rows as unknown[][];
    if (row === undefined) return undefined;
    const [text, version, ends] = row;
    return {
      text: `${text}`,
      version: `${version}`,
      expiresAt: ends === null ? undefined : Number(ends),
    };
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition, timeout }: WriteOptions,
  ): Promise<WriteResult> {
    if (++this.#writes % WRITES_PER_BATCH === 0) this.#sweepInBackground();
    const version = newVersion();
    const wanted = typeof condition === "object" ? condition.version : undefined;
    const values = { key, text, version, expiresAt, ttl, wanted };
    if (await this.#change(this.#sql[statementFor(condition)], values, timeout))
      return { written: true, version };
    return { written: false, current: await this.read(key) };
  }

  async remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    const { affectedRows } = await this.#changes.run(timeout, async (latest) => {
      const answer = (await this.#execute(this.#sql.remove, { key, latest })) as Changed;
      return { time: undefined, affectedRows: answer.affectedRows };
    });
    return affectedRows > 0;
  }

  async touch(
    key: string,
    { expiresAt, ttl, if: condition, timeout }: TouchOptions,
  ): Promise<boolean> {
    const values = { key, expiresAt, ttl, wanted: condition?.version };
    return this.#change(this.#sql.touch, values, timeout);
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = BATCH; batch === BATCH; swept += batch) {
      const answer = await retryUntil(endOf(BUSY_TIMEOUT), wasRolledBack, () =>
        this.#execute(this.#sql.sweep, {}),
      );
      batch = (answer as Changed).affectedRows;
    }
    return swept;
  }

  /**
   * Runs a statement that writes or touches a row, unless the server reaches it after `timeout`.
   * Returns whether it did.
   */
  async #change(
    statement: Statement,
    values: Values,
    timeout: number | undefined,
  ): Promise<boolean> {
    const { isDone } = await this.#changes.run(timeout, async (latest) => {
      this.#refuseLarge(`${values.text ?? ""}`);
      const answer = (await this.#execute(statement, { ...values, latest })) as Changed;
      // The clock and one bit; zero if there is no such row.
      const said = Number(answer.insertId);
      return { time: said === 0 ? undefined : Math.floor(said / 2), isDone: said % 2 === 1 };
    });
    return isDone;
  }

  /** The server would break the connection. */
  #refuseLarge(text: string): void {
    const max = this.#maxPacket - PACKET_OVERHEAD;
    // A character takes three bytes at most.
    if (text.length * 3 <= max || Buffer.byteLength(text) <= max) return;
    throw new TooLargeError(
      `The session is larger than the server's max_allowed_packet of ${this.#maxPacket} bytes allows.`,
    );
  }

  /** Checks how connections are set up, and returns the server's time. */
  async #askServer(): Promise<number> {
    const rows = await this.#execute({ text: ASK_SERVER, names: [] }, {});
    const [[time, autocommit, sent, received, maxPacket] = []] = rows as unknown[][];
    if (Number(autocommit) !== 1)
      throw new ConfigurationError(
        "mysqlDriver needs connections that have autocommit switched on.",
      );
    if (sent !== "utf8mb4" || received !== "utf8mb4")
      throw new ConfigurationError(
        `mysqlDriver needs connections whose character set is utf8mb4, but theirs is ${sent === "utf8mb4" ? received : sent}. Leave out the pool's option "charset".`,
      );
    this.#maxPacket = Number(maxPacket);
    return Number(time);
  }

  /** Runs a statement. Returns its rows, or what it changed. */
  async #execute({ text, names }: Statement, values: Values): Promise<unknown> {
    const [answer] = await this.#pool.execute({
      sql: text,
      // A number that is infinite has no form in the protocol.
      values: names.map((name) => (values[name] === Infinity ? NEVER : (values[name] ?? null))),
      rowsAsArray: true,
      nestTables: false,
      typeCast: (_, next) => next(),
    });
    return answer;
  }

  /**
   * Deletes some expired sessions. No caller waits for it or gets its error: the next one deletes
   * them.
   */
  #sweepInBackground(): void {
    this.#execute(this.#sql.sweep, {}).then(undefined, () => {});
  }
}

function wasRolledBack(error: unknown): boolean {
  return ROLLED_BACK.includes(errnoOf(error) as number);
}

function errnoOf(error: unknown): unknown {
  return (error as { errno?: unknown } | undefined)?.errno;
}
