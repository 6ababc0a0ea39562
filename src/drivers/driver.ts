import type { MaybePromise } from "../util/maybe-promise.ts";

/** Names one state of one record. Opaque: only equal or not. Never given out twice for a key, even after a removal. */
export type DriverVersion = string | number;

/** What a driver keeps under a key. */
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
   * Milliseconds since 1970 by the definition's clock: kept with the record and given back on reading.
   * The definition judges by it; a driver need not compare it with anything.
   */
  readonly expiresAt: number | undefined;
  /**
   * The same as a distance: milliseconds from now, above zero. What a driver's own expiry should go by, so that
   * neither a skewed clock on the database's machine nor a fake one in a test ends a session early.
   */
  readonly ttl: number | undefined;
}

/** What must be true of the key for a write to happen: nothing there, something there, or exactly this version. */
export type WriteCondition = "absent" | "present" | VersionCondition;

/** The record must have this version. */
export interface VersionCondition {
  /** The version that was read. */
  readonly version: DriverVersion;
}

/** How long a call may take. */
export interface CallOptions {
  /**
   * How many milliseconds from now the caller waits for the answer. After that the caller is told that the call failed,
   * so it must not be carried out any later: a client that queues commands while it is disconnected, for one, must not
   * send this one then, or the server must refuse it. `undefined`: without limit.
   */
  readonly timeout?: number | undefined;
}

/** How and when to write. */
export interface WriteOptions extends DriverExpiry, CallOptions {
  /** The condition; without one the write always happens. */
  readonly if?: WriteCondition | undefined;
  /**
   * Whether to keep this record, from now on, in preference to those never written so. For drivers that evict live
   * records when they are full; others ignore it. Sessions that were rotated (users who signed in) are written so,
   * and so are the marks that rotations leave.
   */
  readonly retain?: boolean | undefined;
}

/** Which record to touch, and until when it is to live. */
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
  /** What is there instead, so that a retry needs no further read. */
  readonly current: DriverRecord | undefined;
}

/** The answer to a write. */
export type WriteResult = Written | Conflict;

/**
 * Moves text to where it is kept and back. Knows no schema: implement these methods and every verb works on top.
 *
 * Keys are printable ASCII of at most 512 characters, already unique for their definition and value.
 * Each method may answer at once or with a promise; a failure is thrown or rejected and reaches the user as
 * `UnavailableError`. Prove an implementation with `describeDriver` from `zession/testing`.
 *
 * @typeParam Atomic - what `atomic` says
 */
export interface Driver<Atomic extends boolean = true> {
  /**
   * Whether `write` obeys `if` atomically, against every other process that uses the same backend. A driver that
   * cannot (an eventually consistent one) says `false` and is a `Driver<false>`; sessions on it have no `swap`,
   * `upsert` and `update`.
   */
  readonly atomic: Atomic;
  /** Gives the record, or `undefined` if there is none. Never writes. */
  read(key: string): MaybePromise<DriverRecord | undefined>;
  /**
   * Stores text if the condition holds, replacing text, version and expiry together. A record past its `ttl` is
   * absent for every condition.
   */
  write(key: string, text: string, options: WriteOptions): MaybePromise<WriteResult>;
  /** Deletes the record, also one past its `ttl`. Returns whether there was one that had not expired. */
  remove(key: string, options?: CallOptions): MaybePromise<boolean>;
  /**
   * Moves the end of an existing record and nothing else. Tells whether it did. Without this method a touch is done as a
   * conditional write of the same text.
   */
  touch?(key: string, options: TouchOptions): MaybePromise<boolean>;
  /** Deletes records past their `ttl` and tells how many. Only for backends that do not do so by themselves. */
  sweep?(): MaybePromise<number>;
  /** Lets go of connections, files and timers. Called once no definition on the driver is open. Later calls must fail. */
  close?(): MaybePromise<void>;
}
