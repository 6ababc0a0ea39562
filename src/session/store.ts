import type { Fields } from "../util/extra-field.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { Initial } from "./initial.ts";
import type { FieldOf, OptionalField, Takeable } from "./optional-field.ts";
import type { NonAtomicSession, Session } from "./session.ts";
import type { Updated } from "./updated.ts";

/**
 * The verbs of {@link NonAtomicSession} with the key first: a store on a driver without
 * compare-and-set.
 *
 * @typeParam Key - what selects a session, as the key schema accepts it
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 */
export interface NonAtomicStore<in Key, in out Value, in Write = never> {
  /** Reads the value of a key. See {@link Session.find}. */
  find(key: Key): Promise<Value | undefined>;
  /** Sets the value of a key and replaces the one that was there. See {@link Session.insert}. */
  insert(key: Key, value: Value | Write): Promise<Value>;
  /** Deletes the value of a key. See {@link Session.remove}. */
  remove(key: Key): Promise<boolean>;
  /** Restarts the idle time of a key. See {@link Session.touch}. */
  touch(key: Key): Promise<boolean>;
}

/**
 * The verbs of {@link Session} with the key as their first argument, for use outside of requests.
 * Each validates the key before it calls the driver, and then does what the session's verb does.
 *
 * @typeParam Key - what selects a session, as the key schema accepts it
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 */
export interface Store<in Key, in out Value, in Write = never>
  extends NonAtomicStore<Key, Value, Write> {
  /** Sets the value of a key and returns the previous one, atomically. See {@link Session.swap}. */
  swap(key: Key, value: Value | Write): Promise<Value | undefined>;
  /**
   * Sets the value of a key to `initial`, or updates the current one, atomically. See
   * {@link Session.upsert}.
   */
  upsert<Next extends Updated<Value, Value | Write, Next>>(
    key: Key,
    initial: Initial<Value | Write>,
    update: (current: Value) => MaybePromise<Next>,
  ): Promise<Value>;
  /** Updates the value of a key if there is one, atomically. See {@link Session.update}. */
  update<Next extends Updated<Value, Value | Write, Next>>(
    key: Key,
    update: (current: Value) => MaybePromise<Next>,
  ): Promise<Value | undefined>;
  /**
   * Reads an optional field of the value of a key and removes it, atomically. See
   * {@link Session.take}.
   */
  take<const Field extends Fields<Value> | keyof Value = OptionalField<Value>>(
    key: Key,
    field: Takeable<Value, Field>,
  ): Promise<FieldOf<Value, Field> | undefined>;
}
