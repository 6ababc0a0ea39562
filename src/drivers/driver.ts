import type { MaybePromise } from "../util/maybe-promise.ts";

/**
 * Identifies one state of one record. Versions can only be compared for equality. A key never gets
 * the same version twice, not even after a removal.
 */
export type DriverVersion = string | number;

/** A record, as a driver keeps it under a key. */
export interface DriverRecord {
  /** The text, as it was written. */
  readonly text: string;
  /** Changes with every write, never with a touch. */
  readonly version: DriverVersion;
  /** The `expiresAt` of the last write or touch; `undefined` if the record has no end. */
  readonly expiresAt: number | undefined;
}

/** When a record ends. Both are given, or neither. */
export interface DriverExpiry {
  /**
   * Milliseconds since 1970 by the definition's clock. The driver stores it with the record and
   * returns it on reading. Only the definition compares it with a clock.
   */
  readonly expiresAt: number | undefined;
  /**
   * The time to live: milliseconds from now, above zero. Use it for the driver's own expiry. So
   * neither a skewed clock on the database's machine nor a fake clock in a test ends a session
   * early.
   */
  readonly ttl: number | undefined;
}

/** The condition of a write: the key has no record, has one, or has exactly this version. */
export type WriteCondition = "absent" | "present" | VersionCondition;

/** The record must have this version. */
export interface VersionCondition {
  /** The version that was read. */
  readonly version: DriverVersion;
}

/** How long a call may take. */
export interface CallOptions {
  /**
   * How many milliseconds from now the caller waits for the answer. After that the call has failed
   * for the caller, so it must not be carried out any more. For example, a client that queues
   * commands while it is disconnected must not send this one later, or the server must refuse it.
   * `undefined` means no limit.
   */
  readonly timeout?: number | undefined;
}

/** How and when to write. */
export interface WriteOptions extends DriverExpiry, CallOptions {
  /** The condition. Without one, the write always happens. */
  readonly if?: WriteCondition | undefined;
  /**
   * Whether to evict this record, from now on, after records without this mark. Drivers that never
   * evict live records ignore it. It is set for sessions that were rotated (users who signed in)
   * and for the marks that rotations leave.
   */
  readonly retain?: boolean | undefined;
}

/** Which record to touch, and its new expiry. */
export interface TouchOptions extends DriverExpiry, CallOptions {
  /** The record must have this version; without it any will do. */
  readonly if?: VersionCondition | undefined;
}

/** The write took place. */
export interface Written {
  /** Tells the two answers apart. */
  readonly written: true;
  /** The version that the record has now. */
  readonly version: DriverVersion;
}

/** The condition did not hold, and nothing was written. */
export interface Conflict {
  /** Tells the two answers apart. */
  readonly written: false;
  /** The current record, so that a retry needs no further read. */
  readonly current: DriverRecord | undefined;
}

/** The answer to a write. */
export type WriteResult = Written | Conflict;

/**
 * Stores text and reads it back. A driver knows no schema. If you implement these methods, every
 * verb works.
 *
 * Keys are printable ASCII of at most 512 characters and unique for each definition and key. Each
 * method may return its answer or a promise of it. If it throws or rejects, the verb rejects with
 * `UnavailableError`. Test an implementation with `describeDriver` from `zession/testing`.
 *
 * @typeParam Atomic - what `atomic` says
 */
export interface Driver<Atomic extends boolean = true> {
  /**
   * Whether `write` checks `if` and writes in one step, against every other process on the same
   * backend. A driver that cannot, such as an eventually consistent one, says `false` and is a
   * `Driver<false>`. Its sessions have no `swap`, `upsert`, `update` and `take`.
   */
  readonly atomic: Atomic;
  /** Returns the record, or `undefined` if there is none. Never writes. */
  read(key: string): MaybePromise<DriverRecord | undefined>;
  /**
   * Stores text if the condition holds. Text, version and expiry are replaced together. A record
   * past its `ttl` is absent for every condition.
   */
  write(key: string, text: string, options: WriteOptions): MaybePromise<WriteResult>;
  /**
   * Deletes the record, also one past its `ttl`. Returns whether there was one that had not
   * expired.
   */
  remove(key: string, options?: CallOptions): MaybePromise<boolean>;
  /**
   * Sets the expiry of an existing record and changes nothing else. Returns whether it did. Without
   * this method, a touch is a conditional write of the same text.
   */
  touch?(key: string, options: TouchOptions): MaybePromise<boolean>;
  /**
   * Deletes records past their `ttl` and returns how many. Only for backends that do not expire
   * records themselves.
   */
  sweep?(): MaybePromise<number>;
  /**
   * Releases connections, files and timers. It is called when no definition on the driver is open
   * any more. Later calls must fail.
   */
  close?(): MaybePromise<void>;
}
