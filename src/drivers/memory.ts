import { ConfigurationError, TooLargeError, UnavailableError } from "../errors.ts";
import { refuseUnknownOptions } from "../util/known-options.ts";
import type { Driver, DriverRecord, TouchOptions, WriteOptions, WriteResult } from "./driver.ts";
import { holds } from "./holds.ts";
import { nextTurn } from "./next-turn.ts";
import { type Entry, UseOrder } from "./use-order.ts";

/** Options of {@link memoryDriver}. */
export interface MemoryDriverOptions {
  /** How many sessions to keep at most, 1 or more. Default 1,000,000. */
  readonly maxEntries?: number | undefined;
  /**
   * How much text to keep at most, in bytes: two for each character of keys and records, plus 256
   * for each session. Default 536,870,912 (512 MiB).
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
  /** Forgets every session. Later calls throw. */
  close(): void;
}

/**
 * Keeps sessions in this process's memory: for one process, for development and for tests. They are
 * gone when it ends.
 *
 * It holds text, so no two readers share an object. Each write of a session that may expire also
 * clears expired ones away, a few at a time. No timer runs, and nothing keeps the process alive.
 *
 * It is bounded. When a limit is reached, it evicts the least recently used sessions, whether they
 * have expired or not. Sessions that were rotated (users who signed in) are retained: no number of
 * other sessions evicts them as long as they take up at most three quarters of each limit. Above
 * that, the least recently used of them are evicted. So the other sessions have at least a quarter
 * to themselves.
 *
 * @throws ConfigurationError if a limit is not a whole number above zero
 * @example
 * ```ts
 * defineSession({ key, value, keyFn, driver: memoryDriver({ maxEntries: 10_000 }) });
 * ```
 */
export function memoryDriver(options: MemoryDriverOptions = {}): MemoryDriver {
  refuseUnknownOptions("memoryDriver", options, ["maxEntries", "maxBytes"]);
  return new Memory(
    limit("maxEntries", options.maxEntries ?? 1_000_000),
    limit("maxBytes", options.maxBytes ?? 512 * 1024 * 1024),
  );
}

function limit(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(`"${option}" of memoryDriver must be a whole number above 0.`);
}

/** What an entry takes beside its text, in bytes. */
const ENTRY_BYTES = 256;
/** How much of each limit the retained entries may take up before they are evicted. */
const RETAINED_SHARE = 3 / 4;
/**
 * How many entries each write looks at to find expired ones: more than it adds, so that it catches
 * up.
 */
const SWEEP_STEP = 2;
/**
 * How many entries a full sweep looks at before others have their turn: a few milliseconds' work.
 */
const SWEEP_BATCH = 10_000;

/**
 * Nothing here may keep dropped entries alive. An iterator over the map would, because it keeps
 * every table that the map has outgrown.
 */
class Memory implements MemoryDriver {
  readonly atomic = true;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  /**
   * The same entries in a list without gaps, for the sweep. The last one takes the place of one
   * that is dropped.
   */
  readonly #slots: Entry[] = [];
  readonly #ordinary = new UseOrder();
  readonly #retained = new UseOrder();
  /**
   * The slot that the sweep looked at last. It walks down, so it has already seen an entry that
   * fills a gap.
   */
  #cursor = 0;
  #version = 0;
  #isClosed = false;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  read(key: string): DriverRecord | undefined {
    return this.#use(key)?.record;
  }

  write(key: string, text: string, options: WriteOptions): WriteResult {
    const { expiresAt, ttl, if: condition, retain } = options;
    // A write that adds an entry with an expiry also clears expired ones away.
    if (ttl !== undefined) this.#sweepSome();
    const current = this.#use(key);
    if (!holds(condition, current?.record)) return { written: false, current: current?.record };
    // Counted for the whole driver, so that no key gets a version twice.
    const record: DriverRecord = { text, version: ++this.#version, expiresAt };
    const bytes = 2 * (key.length + text.length) + ENTRY_BYTES;
    if (bytes > this.#maxBytes) {
      throw new TooLargeError(
        `The session's record is larger than the ${this.#maxBytes} bytes of memoryDriver.`,
      );
    }
    const order = retain ? this.#retained : (current?.order ?? this.#ordinary);
    let entry = current;
    if (entry === undefined) entry = this.#add(key, record, bytes, order);
    else this.#replace(entry, record, bytes, order);
    entry.deadline = deadline(ttl);
    while (this.#isOverLimits) this.#evictFor(entry);
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
    this.#refuseClosed();
    let looked = 0;
    let swept = 0;
    for (let slot = this.#slots.length; slot > 0; ) {
      // Down, as the cursor goes. The list may have become shorter meanwhile.
      slot = Math.min(slot, this.#slots.length) - 1;
      const entry = this.#slots[slot];
      if (entry !== undefined && hasExpired(entry)) {
        this.#drop(entry);
        swept++;
      }
      if (++looked % SWEEP_BATCH === 0) await nextTurn();
    }
    return swept;
  }

  close(): void {
    this.#isClosed = true;
    this.#entries.clear();
    this.#slots.length = 0;
    this.#ordinary.clear();
    this.#retained.clear();
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new UnavailableError("The memoryDriver is closed.");
  }

  /** Finds a live entry and makes it the most recently used one. */
  #use(key: string): Entry | undefined {
    this.#refuseClosed();
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (hasExpired(entry)) {
      this.#drop(entry);
      return undefined;
    }
    if (entry.order.newest !== entry) entry.order.use(entry);
    return entry;
  }

  #add(sharedKey: string, record: DriverRecord, bytes: number, order: UseOrder): Entry {
    const key = copyOf(sharedKey);
    const slot = this.#slots.length;
    const entry: Entry = {
      key,
      record,
      bytes,
      deadline: Infinity,
      slot,
      order,
      older: undefined,
      newer: undefined,
    };
    this.#slots.push(entry);
    this.#entries.set(key, entry);
    order.add(entry);
    return entry;
  }

  #replace(entry: Entry, record: DriverRecord, bytes: number, order: UseOrder): void {
    const isMoving = entry.order !== order;
    if (isMoving) entry.order.remove(entry);
    else order.bytes += bytes - entry.bytes;
    entry.record = record;
    entry.bytes = bytes;
    entry.order = order;
    if (isMoving) order.add(entry);
  }

  #drop(entry: Entry): void {
    entry.order.remove(entry);
    this.#entries.delete(entry.key);
    const last = this.#slots.pop();
    if (last === undefined || last === entry) return;
    this.#slots[entry.slot] = last;
    last.slot = entry.slot;
  }

  get #isOverLimits(): boolean {
    const bytes = this.#ordinary.bytes + this.#retained.bytes;
    return this.#entries.size > this.#maxEntries || bytes > this.#maxBytes;
  }

  /** Evicts another entry to make room for this one. */
  #evictFor(entry: Entry): void {
    const { size, bytes } = this.#retained;
    const isShareUsedUp =
      size > RETAINED_SHARE * this.#maxEntries || bytes > RETAINED_SHARE * this.#maxBytes;
    const [first, second] = isShareUsedUp
      ? [this.#retained, this.#ordinary]
      : [this.#ordinary, this.#retained];
    // One of the two orders has another entry, because this one alone is within the limits.
    const victim = first.oldest === entry ? second.oldest : first.oldest;
    this.#drop(victim as Entry);
  }

  /** Looks at a few entries and drops those that have expired. */
  #sweepSome(): void {
    for (let step = 0; step < SWEEP_STEP; step++) {
      const { length } = this.#slots;
      if (length === 0) return;
      this.#cursor = (this.#cursor > 0 ? Math.min(this.#cursor, length) : length) - 1;
      const entry = this.#slots[this.#cursor];
      if (entry !== undefined && hasExpired(entry)) this.#drop(entry);
    }
  }
}

/**
 * Copies a text. One that was cut out of a larger text, such as a header, keeps the whole of it in
 * memory: engines share instead of copying.
 */
function copyOf(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}

function deadline(ttl: number | undefined): number {
  return ttl === undefined ? Infinity : Date.now() + ttl;
}

function hasExpired(entry: Entry): boolean {
  return entry.deadline !== Infinity && Date.now() >= entry.deadline;
}
