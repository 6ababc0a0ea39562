import { openDatabase } from "#sqlite";
import { ConfigurationError, UnavailableError } from "../errors.ts";
import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";
import type {
  CallOptions,
  Driver,
  DriverRecord,
  TouchOptions,
  WriteOptions,
  WriteResult,
} from "./driver.ts";
import { newVersion } from "./new-version.ts";
import { nextTurn } from "./next-turn.ts";
import { OpenFile } from "./open-file.ts";
import { BUSY_TIMEOUT, endOf, retryUntil } from "./retry-until.ts";
import type { SqliteDatabase } from "./sqlite.node.ts";
import { recordOfRow } from "./sqlite-row.ts";
import { statementFor } from "./statement-for.ts";

/** Options of {@link sqliteDriver}. */
export interface SqliteDriverOptions {
  /** The path of the database file, which is created if it is missing; or `":memory:"`. */
  readonly filename: string;
  /** The table, which is created if it is missing: letters, digits and `_`. Default `"zession"`. */
  readonly table?: string | undefined;
}

/** A driver that answers at once, or after a while if another process is writing to the file. */
export interface SqliteDriver extends Driver {
  readonly atomic: true;
  /** Deletes all expired sessions, a few at a time. Returns how many. */
  sweep(): Promise<number>;
  /**
   * Closes the file after the changes that wait for another process. Later calls throw an
   * `UnavailableError`.
   */
  close(): MaybePromise<void>;
}

/**
 * The longest pause at the start before it tries again while another process has the file, in
 * milliseconds.
 */
const MAX_START_PAUSE = 10;
/** The code for a file that another process has locked. <https://sqlite.org/rescode.html#busy> */
const SQLITE_BUSY = 5;
/** How many expired sessions one statement deletes: a few milliseconds of work. */
const BATCH = 200;
/** After how many writes it does. */
const WRITES_PER_BATCH = 100;
/**
 * How long reads rely on the last look at the file, in milliseconds. A look takes about as long as
 * a read.
 */
const LOOK_INTERVAL = 1000;

/**
 * Keeps sessions in a SQLite file, for one machine and any number of processes on it. Uses the
 * runtime's own SQLite: `node:sqlite` on Node.js and Deno, and `bun:sqlite` on Bun.
 *
 * It answers at once, so no update within a process has to be retried. While another process
 * writes, a write waits in order, without blocking the event loop, for as long as its verb may
 * take. What has waited longer is not carried out.
 *
 * The file is in WAL mode, and a write is on the disk when it is done: it survives a killed process
 * and a power failure. If the file is deleted or replaced, every call throws until the process is
 * started again or the file is back.
 *
 * Writes delete expired sessions along the way, 200 for every 100 writes at most. `sweep()` deletes
 * all of them.
 *
 * @throws ConfigurationError if the file cannot be used or the table's name is invalid
 * @example
 * ```ts
 * defineSession({ key, value, keyFn, driver: sqliteDriver({ filename: "sessions.db" }) });
 * ```
 */
export function sqliteDriver({ filename, table = "zession" }: SqliteDriverOptions): SqliteDriver {
  if (typeof filename !== "string" || filename === "")
    throw new ConfigurationError('"filename" of sqliteDriver must be the path of a file.');
  if (typeof table !== "string" || !/^(?!sqlite_)[a-z_]\w{0,62}$/i.test(table))
    throw new ConfigurationError(
      '"table" of sqliteDriver must be made of letters, digits and "_", and not begin with "sqlite_".',
    );
  return new Sqlite(filename, table);
}

class Sqlite implements SqliteDriver {
  readonly atomic = true;
  readonly #database: SqliteDatabase;
  readonly #statements: Statements;
  readonly #file: OpenFile;
  /** The last of the changes that wait for another process, and how many of them wait. */
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #writes = 0;
  #isClosed = false;

  constructor(filename: string, table: string) {
    [this.#database, this.#statements, this.#file] = open(filename, table);
  }

  read(key: string): MaybePromise<DriverRecord | undefined> {
    this.#refuseIfClosed();
    this.#file.check(LOOK_INTERVAL);
    return retryUntil(endOf(BUSY_TIMEOUT), isBusy, () =>
      recordOfRow(this.#statements.read({ $key: key, $now: Date.now() })),
    );
  }

  write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition, timeout }: WriteOptions,
  ): MaybePromise<WriteResult> {
    if (++this.#writes % WRITES_PER_BATCH === 0) this.#sweepSome();
    const version = newVersion();
    const statement = this.#statements[statementFor(condition)];
    const wanted = typeof condition === "object" ? { $wanted: `${condition.version}` } : {};
    const record = { $key: key, $text: text, $version: version, ...wanted };
    return this.#change(timeout, () => {
      const times = timesOf(expiresAt, ttl);
      if (statement({ ...record, ...times }) === 1) return { written: true, version };
      return {
        written: false,
        current: recordOfRow(this.#statements.read({ $key: key, $now: times.$now })),
      };
    });
  }

  remove(key: string, { timeout }: CallOptions = {}): MaybePromise<boolean> {
    return this.#change(
      timeout,
      () => this.#statements.remove({ $key: key, $now: Date.now() }) === 1,
    );
  }

  touch(
    key: string,
    { expiresAt, ttl, if: condition, timeout }: TouchOptions,
  ): MaybePromise<boolean> {
    const record = { $key: key, $wanted: condition === undefined ? null : `${condition.version}` };
    return this.#change(
      timeout,
      () => this.#statements.touch({ ...record, ...timesOf(expiresAt, ttl) }) === 1,
    );
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = BATCH; batch === BATCH; swept += batch) {
      batch = await this.#change(undefined, () => this.#statements.sweep({ $now: Date.now() }));
      await nextTurn();
      if (this.#isClosed) return swept + batch;
    }
    return swept;
  }

  close(): MaybePromise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#waiting === 0) return this.#database.close();
    return this.#line.then(() => this.#database.close());
  }

  /**
   * Changes the file at once. If another process has it, waits in the order of the calls until that
   * is done, but no longer than the caller waits.
   */
  #change<Result>(timeout: number | undefined, work: () => Result): MaybePromise<Result> {
    this.#refuseIfClosed();
    const end = endOf(timeout ?? BUSY_TIMEOUT);
    const attempt = (): MaybePromise<Result> =>
      retryUntil(end, isBusy, () => {
        this.#file.check(0);
        return work();
      });
    const change = this.#waiting === 0 ? attempt() : this.#line.then(() => inTime(end, attempt));
    if (isPromise(change)) {
      this.#waiting++;
      const leave = (): void => void this.#waiting--;
      this.#line = change.then(leave, leave);
    }
    return change;
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw new UnavailableError("The SQLite driver is closed.");
  }

  /**
   * Deletes some expired sessions beside a write, which must not fail if this does: the next one
   * deletes them.
   */
  #sweepSome(): void {
    try {
      this.#statements.sweep({ $now: Date.now() });
    } catch {}
  }
}

/** Runs a change that had to wait for others, unless that took too long. */
function inTime<Result>(end: number, run: () => Result): Result {
  if (performance.now() < end) return run();
  throw new UnavailableError(
    "Another process had the SQLite file locked for longer than the caller waits.",
  );
}

/**
 * Whether another process has the file locked: the low byte of SQLite's extended code, on Node.js,
 * Deno and Bun.
 */
function isBusy(error: unknown): boolean {
  const { errcode, errno } = error as { errcode?: unknown; errno?: unknown };
  return (Number(errcode ?? errno) & 0xff) === SQLITE_BUSY;
}

/**
 * Opens a file and creates its table. Retries while other processes do the same, because SQLite
 * does not wait then.
 */
function open(filename: string, table: string): [SqliteDatabase, Statements, OpenFile] {
  for (const end = endOf(BUSY_TIMEOUT); ; ) {
    let database: SqliteDatabase | undefined;
    try {
      database = openDatabase(filename);
      // The driver itself waits for other processes, without blocking the event loop.
      database.exec("PRAGMA busy_timeout = 0");
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      for (const statement of schema(table)) database.exec(statement);
      const main = database.prepareRead("PRAGMA database_list")({});
      return [database, statements(database, table), new OpenFile(`${main?.["file"] ?? ""}`)];
    } catch (cause) {
      database?.close();
      if (!isBusy(cause) || performance.now() > end) {
        const message = `sqliteDriver cannot use the file "${filename}"; see the cause.`;
        throw new ConfigurationError(message, { cause });
      }
      // Only the start blocks the event loop.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MAX_START_PAUSE * Math.random());
    }
  }
}

/**
 * Returns when a record ends by the definition's clock and by this machine's, and what this
 * machine's says now.
 */
function timesOf(expiresAt: number | undefined, ttl: number | undefined) {
  const $now = Date.now();
  return { $expiresAt: expiresAt ?? null, $deadline: ttl === undefined ? null : $now + ttl, $now };
}

/** `deadline` is by this machine's clock; `expires_at` is the definition's, and only kept. */
function schema(table: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS "${table}" (
      key TEXT PRIMARY KEY NOT NULL,
      text TEXT NOT NULL,
      version TEXT NOT NULL,
      expires_at REAL,
      deadline REAL
    ) WITHOUT ROWID`,
    `CREATE INDEX IF NOT EXISTS "${table}_deadline" ON "${table}" (deadline) WHERE deadline IS NOT NULL`,
  ];
}

type Statements = ReturnType<typeof statements>;

/** Each is one statement, and so one transaction. */
function statements(database: SqliteDatabase, table: string) {
  const live = "(deadline IS NULL OR deadline > $now)";
  const set = "text = $text, version = $version, expires_at = $expiresAt, deadline = $deadline";
  const put = `INSERT INTO "${table}" (key, text, version, expires_at, deadline)
    VALUES ($key, $text, $version, $expiresAt, $deadline)
    ON CONFLICT (key) DO UPDATE SET ${set}`;
  const replace = `UPDATE "${table}" SET ${set} WHERE key = $key AND ${live}`;
  return {
    read: database.prepareRead(
      // Text, also if somebody else has stored a BLOB.
      `SELECT CAST(text AS TEXT) AS text, CAST(version AS TEXT) AS version, expires_at
        FROM "${table}" WHERE key = $key AND ${live}`,
    ),
    // Node.js refuses a value that the statement does not use.
    put: database.prepareWrite(`${put} WHERE $now IS NOT NULL`),
    insert: database.prepareWrite(`${put} WHERE NOT ${live}`),
    replace: database.prepareWrite(replace),
    exchange: database.prepareWrite(`${replace} AND version = $wanted`),
    remove: database.prepareWrite(`DELETE FROM "${table}" WHERE key = $key AND ${live}`),
    touch: database.prepareWrite(
      `UPDATE "${table}" SET expires_at = $expiresAt, deadline = $deadline
        WHERE key = $key AND ${live} AND ($wanted IS NULL OR version = $wanted)`,
    ),
    sweep: database.prepareWrite(
      `DELETE FROM "${table}" WHERE key IN (
        SELECT key FROM "${table}" WHERE deadline <= $now LIMIT ${BATCH})`,
    ),
  };
}
