import type { Presence } from "../keys/key-input.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { FieldOf, OptionalField } from "./optional-field.ts";
import type { Updated } from "./updated.ts";

/**
 * The handle of a session on a driver without compare-and-set: no verb that reads and writes at once.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - what it holds, as it is read
 * @typeParam Write - what may be written
 */
export interface NonAtomicSession<out Key, out Value, in Write = Value> {
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
export interface Session<out Key, out Value, in Write = Value>
  extends NonAtomicSession<Key, Value, Write> {
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

  /**
   * Takes an optional field out of an object: gives what it holds and removes it, at once. Under concurrent takes each value
   * is given exactly once, so a message for the next page (a flash message) is shown once.
   *
   * @param field - the name of a field that the value can be without
   * @returns what it held, or `undefined` if there is no value or no such field in it
   * @example
   * ```ts
   * const message = await request.session.take("message");
   * ```
   */
  take<Field extends OptionalField<Value>>(
    field: Field,
  ): Promise<FieldOf<Value, Field> | undefined>;
}

/** How a `rotate` that stores a value differs. */
export interface RotateOptions {
  /**
   * Whether the session starts a new age, so that an absolute limit counts from now. Default `false`: it counts from the
   * first write, however often the session is rotated.
   */
  readonly restart?: boolean | undefined;
}

/**
 * The session of a request whose key this server issues, as with `cookieKey()`. The first write starts it under a new
 * key. Once it is removed, or found to have ended while the request was using it, reads give `undefined` and
 * writes reject with `SessionEndedError`: nothing brings it back. Only `rotate(initial, update)` begins another one after a
 * removal in the same request.
 *
 * `key` is `undefined` until a verb has found or started the session. It is a hash: it opens no session to a client.
 *
 * In a request that another site made a browser send, reads give `undefined` and writes reject with `CrossOriginError`.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - what it holds, as it is read
 * @typeParam Write - what may be written
 */
export interface CookieSession<out Key, out Value, in Write = Value>
  extends Session<Key | undefined, Value, Write> {
  /**
   * Moves the session to a new key: same value, same age, and the old key is dead when this resolves. Call it where a user
   * gains rights (OWASP Session Management, "Renew the Session ID After Any Privilege Level Change"). To sign somebody in,
   * use `rotate(initial, update)`.
   *
   * Does nothing where there is no session yet. Of several at once one succeeds; the others reject with
   * `SessionEndedError`.
   */
  rotate(): Promise<void>;

  /**
   * Signs somebody in, in one atomic step: stores what `upsert` would, but under a new key. The old key is dead when this
   * resolves, so nobody who knew it gets at the new value (session fixation). Starts a session where there is none.
   *
   * Of several at once with one cookie, such as a form that was sent twice, one succeeds; the others reject with
   * `SessionEndedError` and send no cookie.
   *
   * @param initial - the value to store where there is no session, or a function giving it
   * @param update - gets a copy of the present value and gives the next one, as in `upsert`
   * @param options - whether the session starts a new age
   * @returns the value that is now stored
   * @example
   * ```ts
   * await request.session.rotate({ user }, (value) => ({ ...value, user }), { restart: true });
   * ```
   */
  rotate(
    initial: Write | (() => MaybePromise<Write>),
    update: (current: Value) => Updated<Value, Write>,
    options?: RotateOptions,
  ): Promise<Value>;
}

/** The handle that a driver of this capability allows. `boolean` is taken for `true`, and checked at run time. */
export type SessionFor<Atomic extends boolean, Key, Value, Write> = [Atomic] extends [false]
  ? NonAtomicSession<Key, Value, Write>
  : Session<Key, Value, Write>;

/** What the request property holds: a handle, or also `undefined` where a request can be without a session. */
export type RequestSession<
  Has extends Presence,
  Atomic extends boolean,
  Key,
  Value,
  Write,
> = Has extends "issued"
  ? [Atomic] extends [false]
    ? NonAtomicSession<Key | undefined, Value, Write>
    : CookieSession<Key, Value, Write>
  : Has extends "optional"
    ? SessionFor<Atomic, Key, Value, Write> | undefined
    : SessionFor<Atomic, Key, Value, Write>;
