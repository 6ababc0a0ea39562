import type {
  Driver,
  DriverRecord,
  TouchOptions,
  WriteCondition,
  WriteOptions,
  WriteResult,
} from "../core/driver.ts";
import { ConfigurationError, TooLargeError } from "../core/errors.ts";
import { nextTurn } from "./next-turn.ts";

/** What {@link memoryDriver} may be told. */
export interface MemoryDriverOptions {
  /** How many sessions to keep at most, 1 or more. Default 1,000,000. */
  readonly maxEntries?: number | undefined;
  /**
   * How much text to keep at most, in bytes: two for each character of keys and records, plus 256 for each session.
   * Default 536,870,912 (512 MiB).
   */
  readonly maxBytes?: number | undefined;
}

/** A driver that answers at once. */
export interface MemoryDriver extends Driver {
  readonly atomic: true;
  read(key: string): DriverRecord | undefined;
  write(key: string, text: string, options: WriteOptions): WriteResult;
  remove(key: string): boolean;
  touch(key: string, options: TouchOptions): boolean;
  sweep(): Promise<number>;
  close(): void;
}

/**
 * Keeps sessions in this process's memory: for one process, for development and for tests. They are gone when it ends.
 *
 * It holds text, so no two readers share an object. It is bounded: where a limit is passed, the sessions that were not
 * used for longest give way, whether they have expired or not. Expired ones are cleared away a few at each write that
 * may itself expire, so no timer runs and nothing keeps the process alive.
 *
 * @throws ConfigurationError if a limit is not a whole number above zero
 * @example
 * ```ts
 * defineSession({ key, value, keyFn, driver: memoryDriver({ maxEntries: 10_000 }) });
 * ```
 */
export function memoryDriver(options: MemoryDriverOptions = {}): MemoryDriver {
  return new Memory(
    limit("maxEntries", options.maxEntries ?? 1_000_000),
    limit("maxBytes", options.maxBytes ?? 512 * 1024 * 1024),
  );
}

function limit(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(`"${option}" of memoryDriver must be a whole number above 0.`);
}

/** An entry in the ring of entries, which runs from the one unused for longest to the one used last. */
interface Entry {
  readonly key: string;
  record: DriverRecord;
  /** When it expires, in milliseconds since 1970 by this process's clock. */
  deadline: number;
  older: Entry;
  newer: Entry;
}

/** What an entry takes beside its text. */
const ENTRY_BYTES = 256;
/** How many entries each write looks at to find expired ones: more than it adds, so that it catches up. */
const SWEEP_STEP = 2;
/** How many entries a full sweep looks at before others have their turn: a few milliseconds' work. */
const SWEEP_BATCH = 10_000;

class Memory implements MemoryDriver {
  readonly atomic = true;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  /** Where the ring begins and ends; holds nothing itself. */
  readonly #ring: Entry = ringStart();
  /** Where the sweep goes on. In the order in which sessions came: that of the ring changes as they are used. */
  #walk: Iterator<Entry> = this.#entries.values();
  #bytes = 0;
  #version = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  read(key: string): DriverRecord | undefined {
    return this.#use(key)?.record;
  }

  write(key: string, text: string, { expiresAt, ttl, if: condition }: WriteOptions): WriteResult {
    // Whoever adds what expires pays for clearing it away.
    if (ttl !== undefined) this.#sweepSome();
    const entry = this.#use(key);
    if (!holds(condition, entry?.record)) return { written: false, current: entry?.record };
    // Counted for the whole driver, so a version does not come back with a key.
    const record: DriverRecord = { text, version: ++this.#version, expiresAt };
    if (bytesOf({ key, record }) > this.#maxBytes) {
      throw new TooLargeError(
        `The session's record is larger than the ${this.#maxBytes} bytes of memoryDriver.`,
      );
    }
    if (entry === undefined) this.#add(key, record, deadline(ttl));
    else this.#replace(entry, record, deadline(ttl));
    while (this.#entries.size > this.#maxEntries || this.#bytes > this.#maxBytes)
      this.#drop(this.#ring.newer);
    return { written: true, version: record.version };
  }

  remove(key: string): boolean {
    const entry = this.#use(key);
    if (entry !== undefined) this.#drop(entry);
    return entry !== undefined;
  }

  touch(key: string, { expiresAt, ttl, if: condition }: TouchOptions): boolean {
    const entry = this.#use(key);
    if (entry === undefined || !holds(condition, entry.record)) return false;
    entry.record = { ...entry.record, expiresAt };
    entry.deadline = deadline(ttl);
    return true;
  }

  async sweep(): Promise<number> {
    let looked = 0;
    let swept = 0;
    for (const entry of this.#entries.values()) {
      if (hasExpired(entry)) {
        this.#drop(entry);
        swept++;
      }
      if (++looked % SWEEP_BATCH === 0) await nextTurn();
    }
    return swept;
  }

  close(): void {
    this.#entries.clear();
    this.#ring.newer = this.#ring.older = this.#ring;
    this.#walk = this.#entries.values();
    this.#bytes = 0;
  }

  /** Finds a live entry and makes it the one used last. */
  #use(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (hasExpired(entry)) {
      this.#drop(entry);
      return undefined;
    }
    if (entry !== this.#ring.older) {
      this.#unlink(entry);
      this.#link(entry);
    }
    return entry;
  }

  #add(key: string, record: DriverRecord, deadline: number): void {
    const entry: Entry = { key, record, deadline, older: this.#ring, newer: this.#ring };
    this.#link(entry);
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(entry);
  }

  #replace(entry: Entry, record: DriverRecord, deadline: number): void {
    this.#bytes -= bytesOf(entry);
    entry.record = record;
    entry.deadline = deadline;
    this.#bytes += bytesOf(entry);
  }

  #drop(entry: Entry): void {
    this.#unlink(entry);
    this.#entries.delete(entry.key);
    this.#bytes -= bytesOf(entry);
  }

  #link(entry: Entry): void {
    entry.older = this.#ring.older;
    entry.newer = this.#ring;
    entry.older.newer = entry;
    this.#ring.older = entry;
  }

  #unlink(entry: Entry): void {
    entry.older.newer = entry.newer;
    entry.newer.older = entry.older;
  }

  #sweepSome(): void {
    for (let step = 0; step < SWEEP_STEP; step++) {
      const { done, value: entry } = this.#walk.next();
      if (!done && hasExpired(entry)) this.#drop(entry);
      if (done) this.#walk = this.#entries.values();
    }
  }
}

function ringStart(): Entry {
  const record: DriverRecord = { text: "", version: 0, expiresAt: undefined };
  const start = { key: "", record, deadline: Infinity } as Entry;
  start.older = start.newer = start;
  return start;
}

function deadline(ttl: number | undefined): number {
  return ttl === undefined ? Infinity : Date.now() + ttl;
}

function hasExpired(entry: Entry): boolean {
  return entry.deadline !== Infinity && Date.now() >= entry.deadline;
}

function bytesOf({ key, record }: Pick<Entry, "key" | "record">): number {
  return 2 * (key.length + record.text.length) + ENTRY_BYTES;
}

function holds(condition: WriteCondition | undefined, record: DriverRecord | undefined): boolean {
  if (condition === undefined) return true;
  if (condition === "absent") return record === undefined;
  if (condition === "present") return record !== undefined;
  return record?.version === condition.version;
}
