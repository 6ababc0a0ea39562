import type { MaybePromise } from "../maybe-promise.ts";
import type { Updated } from "./updated.ts";

/**
 * The handle of a session on a driver without compare-and-set: no verb that reads and writes at once.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - what it holds, as it is read
 * @typeParam Write - what may be written
 */
export interface SimpleSession<Key, Value, Write = Value> {
  /** The key, validated. */
  readonly key: Key;

  /** Reads the value: a fresh copy each time, `undefined` where there is none. Creates nothing. */
  find(): Promise<Value | undefined>;

  /** Sets the value, replacing what was there, and gives it as the schema put it out. */
  insert(value: Write): Promise<Value>;

  /** Deletes the value. Tells whether there was one. */
  remove(): Promise<boolean>;

  /** Restarts the idle time and changes nothing else. Tells whether there is a session; revives none. */
  touch(): Promise<boolean>;
}

/**
 * The handle of one session: a store bound to one key. Every verb validates what it writes and what it reads, answers
 * with a promise, and what it wrote is kept by the driver when that promise resolves.
 *
 * Every verb can reject with `InvalidKeyError` (the key does not fit) and `UnavailableError` (the driver failed);
 * every one that reads, with `InvalidRecordError`; every one that writes, with `InvalidValueError` and
 * `TooLargeError`. Whatever rejects has stored nothing, but for a write that ends in `UnavailableError`.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - what it holds, as it is read
 * @typeParam Write - what may be written: the value, or what the schema turns into one
 */
export interface Session<Key, Value, Write = Value> extends SimpleSession<Key, Value, Write> {
  /**
   * Sets the value and gives the one that was there. Atomic: under concurrent swaps each previous value is given
   * exactly once. Rejects with `ConflictError` when other writers win every retry.
   */
  swap(value: Write): Promise<Value | undefined>;

  /**
   * Sets the value to `initial` if there is none (`update` is then not called), else to what `update` makes of the
   * one that is there. Atomic across requests, processes and machines.
   *
   * @param initial - the first value, or a function giving it
   * @param update - gets a copy of the present value and gives the next one; a copy that is an object it may change
   * instead. May be async. May run more than once, so it should have no effects of its own, and must not wait for a
   * write to this same session. What it throws is passed on, and nothing changes.
   * @returns the value that is now stored
   */
  upsert(
    initial: Write | (() => MaybePromise<Write>),
    update: (current: Value) => Updated<Value, Write>,
  ): Promise<Value>;

  /**
   * Sets the value to what `update` makes of the one that is there, as `upsert` does; does nothing if there is none.
   *
   * @returns the value that is now stored, or `undefined`
   */
  update(update: (current: Value) => Updated<Value, Write>): Promise<Value | undefined>;
}

/** The handle that a driver of this capability allows. `boolean` is taken for `true`, and checked at run time. */
export type SessionOn<Atomic extends boolean, Key, Value, Write> = [Atomic] extends [false]
  ? SimpleSession<Key, Value, Write>
  : Session<Key, Value, Write>;
