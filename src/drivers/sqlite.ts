import { openDatabase } from "#sqlite";
import type {
  Driver,
  DriverRecord,
  TouchOptions,
  WriteOptions,
  WriteResult,
} from "../core/driver.ts";
import { ConfigurationError } from "../core/errors.ts";
import { isPromise, type MaybePromise } from "../core/maybe-promise.ts";
import { newVersion } from "./new-version.ts";
import { nextTurn } from "./next-turn.ts";
import { PATIENCE, patient } from "./patient.ts";
import type { SqliteDatabase, SqliteRow } from "./sqlite.node.ts";
import { statementFor } from "./statement-for.ts";

/** What {@link sqliteDriver} is told. */
export interface SqliteDriverOptions {
  /** The path of the database file, which is made if it is not there; or `":memory:"`. */
  readonly filename: string;
  /** The table, which is made if it is not there: letters, digits and `_`. Default `"zession"`. */
  readonly table?: string | undefined;
}

/** A driver that answers at once, or soon while another process writes to the file. */
export interface SqliteDriver extends Driver {
  readonly atomic: true;
  /** Deletes all that has expired, a few at a time. Tells how many. */
  sweep(): Promise<number>;
  close(): MaybePromise<void>;
}

/** How long the start waits before it tries again where another process has the file, in milliseconds at most. */
const START_PAUSE = 10;
/** The code for a file that another process has. <https://sqlite.org/rescode.html#busy> */
const SQLITE_BUSY = 5;
/** How many expired sessions are cleared away at once: a few milliseconds' work. */
const BATCH = 200;
/** After how many writes some are. */
const WRITES_PER_BATCH = 100;

/**
 * Keeps sessions in a SQLite file, for one machine: also for several processes on it. By the runtime's own SQLite, `node:sqlite`
 * on Node.js and `bun:sqlite` on Bun.
 *
 * It answers at once, so no update within a process has to be tried twice; only while another process writes does a write
 * wait, without holding the event loop up, for 5 seconds at most. The file is in WAL mode, and a write is on the disk when it
 * is done: neither a killed process nor a power failure loses it. Expired sessions are cleared away along the way, 200 for
 * every 100 writes at most, or by `sweep()`.
 *
 * @throws ConfigurationError if the file cannot be used or the table's name is not one
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
  /** The last of the changes that wait for another process, and how many do. */
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #writes = 0;
  #isClosed = false;

  constructor(filename: string, table: string) {
    [this.#database, this.#statements] = open(filename, table);
  }

  read(key: string): MaybePromise<DriverRecord | undefined> {
    const read = () => recordOf(this.#statements.read({ $key: key, $now: Date.now() }));
    return patient(read, isBusy);
  }

  write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition }: WriteOptions,
  ): MaybePromise<WriteResult> {
    if (++this.#writes % WRITES_PER_BATCH === 0) this.#sweepUnheard();
    const version = newVersion();
    const statement = this.#statements[statementFor(condition)];
    const wanted = typeof condition === "object" ? { $wanted: `${condition.version}` } : {};
    const record = { $key: key, $text: text, $version: version, ...wanted };
    return this.#change(() => {
      const times = timesOf(expiresAt, ttl);
      if (statement({ ...record, ...times }) === 1) return { written: true, version };
      return {
        written: false,
        current: recordOf(this.#statements.read({ $key: key, $now: times.$now })),
      };
    });
  }

  remove(key: string): MaybePromise<boolean> {
    return this.#change(() => this.#statements.remove({ $key: key, $now: Date.now() }) === 1);
  }

  touch(key: string, { expiresAt, ttl, if: condition }: TouchOptions): MaybePromise<boolean> {
    const record = { $key: key, $wanted: condition === undefined ? null : `${condition.version}` };
    return this.#change(
      () => this.#statements.touch({ ...record, ...timesOf(expiresAt, ttl) }) === 1,
    );
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = BATCH; batch === BATCH && !this.#isClosed; swept += batch) {
      batch = await this.#change(() => this.#statements.sweep({ $now: Date.now() }));
      await nextTurn();
    }
    return swept;
  }

  /** Closes the file, once what waits for another process has been written. */
  close(): MaybePromise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#waiting === 0) return this.#database.close();
    return this.#line.then(() => this.#database.close());
  }

  /** Writes at once, or where another process has the file, when that is done with it, in the order of the calls. */
  #change<Result>(work: () => Result): MaybePromise<Result> {
    const end = performance.now() + PATIENCE;
    const change =
      this.#waiting === 0
        ? patient(work, isBusy, end)
        : this.#line.then(() => patient(work, isBusy, end));
    if (isPromise(change)) {
      this.#waiting++;
      const leave = (): void => void this.#waiting--;
      this.#line = change.then(leave, leave);
    }
    return change;
  }

  /** Clears away some of what has expired, beside a write that is not to fail with it. */
  #sweepUnheard(): void {
    try {
      this.#statements.sweep({ $now: Date.now() });
    } catch {
      // Left to the next.
    }
  }
}

/** The record in a row, if there is one. */
function recordOf(row: SqliteRow | undefined): DriverRecord | undefined {
  if (row === undefined) return undefined;
  const { text, version, expires_at } = row as {
    text: string;
    version: string;
    expires_at: number | null;
  };
  return { text, version, expiresAt: expires_at ?? undefined };
}

/** Tells whether another process has the file: the low byte of SQLite's extended code, on Node.js and on Bun. */
function isBusy(error: unknown): boolean {
  const { errcode, errno } = error as { errcode?: unknown; errno?: unknown };
  return (Number(errcode ?? errno) & 0xff) === SQLITE_BUSY;
}

/** Opens a file and makes its table, also where others do so at the same moment: what SQLite does not wait for by itself. */
function open(filename: string, table: string): [SqliteDatabase, Statements] {
  for (const end = performance.now() + PATIENCE; ; ) {
    let database: SqliteDatabase | undefined;
    try {
      database = openDatabase(filename);
      // The driver itself waits for others, out of the way of everything else.
      database.exec("PRAGMA busy_timeout = 0");
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      database.exec(schema(table));
      return [database, statements(database, table)];
    } catch (cause) {
      database?.close();
      if (!isBusy(cause) || performance.now() > end) {
        const message = `sqliteDriver cannot use the file "${filename}"; see the cause.`;
        throw new ConfigurationError(message, { cause });
      }
      // A start is the one time to hold everything up.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, START_PAUSE * Math.random());
    }
  }
}

/** When a record ends: for the definition, and by this machine's clock, as it is now. */
function timesOf(expiresAt: number | undefined, ttl: number | undefined) {
  const $now = Date.now();
  return { $expiresAt: expiresAt ?? null, $deadline: ttl === undefined ? null : $now + ttl, $now };
}

/** `deadline` is by this machine's clock; `expires_at` is the definition's, and only kept. */
function schema(table: string): string {
  return `
    CREATE TABLE IF NOT EXISTS "${table}" (
      key TEXT PRIMARY KEY NOT NULL,
      text TEXT NOT NULL,
      version TEXT NOT NULL,
      expires_at REAL,
      deadline REAL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS "${table}_deadline" ON "${table}" (deadline) WHERE deadline IS NOT NULL;
  `;
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
      `SELECT text, version, expires_at FROM "${table}" WHERE key = $key AND ${live}`,
    ),
    // Every value has to have its place.
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
