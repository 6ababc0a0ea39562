import type { Fields } from "../util/extra-field.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { Initial } from "./initial.ts";
import type { FieldOf, OptionalField, Takeable } from "./optional-field.ts";
import type { Updated } from "./updated.ts";

/**
 * The handle of a session on a driver without compare-and-set. It lacks the verbs that read and
 * write in one step.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 */
export interface NonAtomicSession<out Key, in out Value, in Write = never> {
  /** The key, validated. */
  readonly key: Key;

  /**
   * Reads the value. Creates nothing.
   *
   * @returns a fresh copy of the value, or `undefined` if there is none
   * @throws InvalidRecordError if the stored record cannot be read
   */
  find(): Promise<Value | undefined>;

  /**
   * Sets the value and replaces the one that was there.
   *
   * @returns the stored value, as the schema returned it
   * @throws InvalidValueError if the schema refuses the value, or it cannot be stored
   * @throws TooLargeError if the record is larger than `maxBytes`
   */
  insert(value: Value | Write): Promise<Value>;

  /**
   * Deletes the value.
   *
   * @returns whether there was one
   */
  remove(): Promise<boolean>;

  /**
   * Restarts the idle time and changes nothing else. Revives no session that has ended.
   *
   * @returns whether there is a session
   */
  touch(): Promise<boolean>;
}

/**
 * The handle of one session: a store bound to one key. Every verb validates what it reads and what
 * it writes, and returns a promise. When the promise resolves, the driver has stored the value.
 *
 * Every verb can reject with `InvalidKeyError` (the key does not fit) and `UnavailableError` (the
 * driver failed). Verbs that read can reject with `InvalidRecordError`. Verbs that write can reject
 * with `InvalidValueError` and `TooLargeError`. A verb that rejects has stored nothing, except
 * perhaps a write that rejects with `UnavailableError`.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 */
export interface Session<out Key, in out Value, in Write = never>
  extends NonAtomicSession<Key, Value, Write> {
  /**
   * Sets the value and returns the previous one, atomically. Concurrent swaps return each previous
   * value exactly once.
   *
   * @returns the previous value, or `undefined` if there was none
   * @throws ConflictError if other writers win every retry
   */
  swap(value: Value | Write): Promise<Value | undefined>;

  /**
   * Stores `initial` if there is no value, and does not call `update` then. Otherwise stores the
   * result of `update`. It is atomic across requests, processes and machines.
   *
   * @param initial - the first value, or a function that returns it; the function may run more than
   * once
   * @param update - receives a copy of the current value and returns the next one. If the value is
   * an object, it may change its copy and return nothing. It may be async. If another write wins,
   * it runs again, so avoid side effects. It must not call a verb of the same session. If it
   * throws, the error is passed on and nothing changes.
   * @returns the value that is now stored
   */
  upsert<Next extends Updated<Value, Value | Write, Next>>(
    initial: Initial<Value | Write>,
    update: (current: Value) => MaybePromise<Next>,
  ): Promise<Value>;

  /**
   * Stores the result of `update`, as `upsert` does. Does nothing if there is no value.
   *
   * @returns the value that is now stored, or `undefined`
   */
  update<Next extends Updated<Value, Value | Write, Next>>(
    update: (current: Value) => MaybePromise<Next>,
  ): Promise<Value | undefined>;

  /**
   * Reads an optional field of an object and removes it, atomically. Concurrent takes return each
   * value exactly once, so a message for the next page (a flash message) is shown once.
   *
   * @param field - the name of an optional field
   * @returns the value of the field, or `undefined` if there is no value or the field is missing
   * @example
   * ```ts
   * const message = await request.session.take("message");
   * ```
   */
  take<const Field extends Fields<Value> | keyof Value = OptionalField<Value>>(
    field: Takeable<Value, Field>,
  ): Promise<FieldOf<Value, Field> | undefined>;
}

/** Options of `rotate(initial, update)`. */
export interface RotateOptions {
  /**
   * Whether an absolute limit counts from now. Default `false`: it counts from the first write,
   * however often the session is rotated.
   */
  readonly restart?: boolean | undefined;
}

/**
 * The session of a request whose key this server issues, as with `cookieKey()`. The first write
 * starts it under a new key. After a removal, or if the session has ended while the request was
 * using it, reads return `undefined` and writes reject with `SessionEndedError`. After a removal in
 * the same request, `rotate(initial, update)` starts another session.
 *
 * `key` is `undefined` until a verb has found or started the session. It is a hash, which no client
 * can use as a token.
 *
 * If a page of another origin caused an unsafe request, reads return `undefined` and writes reject
 * with `CrossOriginError`.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 */
export interface CookieSession<out Key, in out Value, in Write = never>
  extends Session<Key | undefined, Value, Write> {
  /**
   * Moves the session to a new key. Value and age stay the same. When the promise resolves, the old
   * key is dead. Call this when a user gains rights (OWASP Session Management, "Renew the Session
   * ID After Any Privilege Level Change"). To sign a user in, call `rotate(initial, update)`.
   *
   * Does nothing if there is no session yet.
   *
   * @throws SessionEndedError if another rotation or a removal was faster
   */
  rotate(): Promise<void>;

  /**
   * Signs a user in, in one atomic step: stores the same value as `upsert`, but under a new key.
   * When the promise resolves, the old key is dead, so nobody who knew it can read the new value
   * (session fixation). Starts a session if there is none.
   *
   * If several requests rotate with one cookie, such as a form that was sent twice, one succeeds.
   * The others reject with `SessionEndedError` and send no cookie.
   *
   * @param initial - the value to store if there is no session, or a function that returns it
   * @param update - receives a copy of the current value and returns the next one, as in `upsert`
   * @param options - whether the session starts a new age
   * @returns the value that is now stored
   * @example
   * ```ts
   * await request.session.rotate({ user }, (value) => ({ ...value, user }), { restart: true });
   * ```
   */
  rotate<Next extends Updated<Value, Value | Write, Next>>(
    initial: Initial<Value | Write>,
    update: (current: Value) => MaybePromise<Next>,
    options?: RotateOptions,
  ): Promise<Value>;
}
