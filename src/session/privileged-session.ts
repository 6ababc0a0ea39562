import type { Fields } from "../util/extra-field.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { Initial } from "./initial.ts";
import type { FieldOf, OptionalField, Takeable } from "./optional-field.ts";
import type { NonAtomicSession, RotateOptions, Session } from "./session.ts";
import type { NonAtomicStore, Store } from "./store.ts";
import type { Updated } from "./updated.ts";

/** What is stored as it is, although it has methods that change it. */
type Builtin = Date | RegExp | URL | ArrayBufferView | ((...args: never) => unknown);

type Frozen<Part> = Part extends Builtin
  ? Part
  : Part extends ReadonlyMap<infer Key, infer Item>
    ? ReadonlyMap<Frozen<Key>, Frozen<Item>>
    : Part extends ReadonlySet<infer Item>
      ? ReadonlySet<Frozen<Item>>
      : Part extends object
        ? { readonly [Field in keyof Part]: Frozen<Part[Field]> }
        : Part;

/** A value whose privileged fields are read-only, deeply. */
export type Guarded<Value, Privileged extends string> = unknown extends Value
  ? Value
  : Value extends unknown
    ? { readonly [Field in keyof Value as Field & Privileged]: Frozen<Value[Field]> } & {
        [Field in keyof Value as Exclude<Field, Privileged>]: Value[Field];
      }
    : never;

declare const refusal: unique symbol;

/**
 * Stands in place of a privileged field that a verb cannot write, and says so. No field has this
 * type, not even one of texts, so no helper for another session takes one with such a verb.
 */
export interface PrivilegedField<Message extends string> {
  /** For the compiler; it does not exist at run time. */
  readonly [refusal]: Message;
}

/** The privileged fields that a value declares. */
type Declared<Value, Privileged extends string> = Pick<
  Value,
  keyof { [Field in keyof Value as Field extends Privileged ? Field : never]: true } & keyof Value
>;

/**
 * A value without privileged fields. A sentence takes the place of such a field, and of a value that
 * cannot be without it.
 */
export type Unprivileged<Write, Privileged extends string> = unknown extends Write
  ? Write
  : Write extends unknown
    ? Record<never, never> extends Declared<Write, Privileged>
      ? { [Field in keyof Write as Exclude<Field, Privileged>]: Write[Field] } & {
          readonly [Field in Privileged]?: PrivilegedField<`${Field} is privileged: write it by rotate(initial, update)`>;
        }
      : `${keyof Write & Privileged} is privileged and not optional: only rotate(initial, update) starts such a session`
    : never;

/** A field that `take` accepts, or a sentence; see {@link Takeable}. */
export type TakeableUnprivileged<Value, Field, Privileged extends string> = Field extends Privileged
  ? `${Field} is privileged: write it by rotate(initial, update)`
  : Takeable<Value, Field>;

/**
 * The widest of what you may write: the input, if that is another type than the value, and if it can
 * be without privileged fields. An input that may be anything could hold them.
 */
// The order matters: so the compiler compares two sessions by their verbs, and takes one whose
// input is written out for one that has none.
type Written<Value, Write, Privileged extends string> =
  Record<never, never> extends Declared<Write, Privileged>
    ? [unknown] extends [Write]
      ? Value
      : [Write] extends [never]
        ? Value
        : Write
    : Value;

/** The names of all fields that a value can have. */
export type FieldName<Value> = Value extends
  | readonly unknown[]
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  ? never
  : Value extends object
    ? keyof Value & string
    : never;

/**
 * A session with privileged fields, outside of the request that it belongs to. No verb here writes
 * these fields: one that would change them is refused with `UsageError`.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 * @typeParam Privileged - the fields that only `rotate(initial, update)` may write
 */
export interface GuardedSession<Key, Value, Write, Privileged extends string>
  extends Omit<NonAtomicSession<Key, Value>, "insert"> {
  /** Sets the value and replaces the one that was there. See {@link Session.insert}. */
  insert(value: Unprivileged<Written<Value, Write, Privileged>, Privileged>): Promise<Value>;

  /** Sets the value and returns the previous one, atomically. See {@link Session.swap}. */
  swap(
    value: Unprivileged<Written<Value, Write, Privileged>, Privileged>,
  ): Promise<Value | undefined>;

  /**
   * Stores `initial` if there is no value; otherwise changes the value. See {@link Session.upsert}.
   *
   * @param update - changes a copy of the current value in place and returns nothing
   */
  upsert(
    initial: Initial<Unprivileged<Written<Value, Write, Privileged>, Privileged>>,
    update: (current: Guarded<Value, Privileged>) => MaybePromise<void>,
  ): Promise<Value>;

  /**
   * Changes the value if there is one. See {@link Session.update}.
   *
   * @param update - changes a copy of the current value in place and returns nothing
   */
  update(
    update: (current: Guarded<Value, Privileged>) => MaybePromise<void>,
  ): Promise<Value | undefined>;

  /** Reads an optional field and removes it, atomically. See {@link Session.take}. */
  take<const Field extends Fields<Value> = Exclude<OptionalField<Value>, Privileged>>(
    field: TakeableUnprivileged<Value, Field, Privileged>,
  ): Promise<FieldOf<Value, Field> | undefined>;
}

/**
 * The session of a request that has privileged fields. Only `rotate(initial, update)` writes them,
 * and gives the session a new key: whoever knew the old key does not get what they grant. Every
 * other verb is as for {@link GuardedSession}.
 *
 * @typeParam Key - what selects the session
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 * @typeParam Privileged - the fields that only `rotate(initial, update)` may write
 */
export interface PrivilegedSession<Key, Value, Write, Privileged extends string>
  extends GuardedSession<Key | undefined, Value, Write, Privileged> {
  /** Moves the session to a new key. See {@link CookieSession.rotate}. */
  rotate(): Promise<void>;

  /**
   * Stores the same value as `upsert`, but under a new key, and may write the privileged fields. See
   * {@link CookieSession.rotate}.
   */
  rotate<Next extends Updated<Value, Value | Write, Next>>(
    initial: Initial<Value | Write>,
    update: (current: Value) => MaybePromise<Next>,
    options?: RotateOptions,
  ): Promise<Value>;
}

/** The verbs of {@link GuardedSession} with the key as their first argument. See {@link Store}. */
export interface GuardedStore<in Key, Value, Write, Privileged extends string>
  extends Omit<NonAtomicStore<Key, Value>, "insert"> {
  /** Sets the value of a key and replaces the one that was there. See {@link Session.insert}. */
  insert(
    key: Key,
    value: Unprivileged<Written<Value, Write, Privileged>, Privileged>,
  ): Promise<Value>;
  /** Sets the value of a key and returns the previous one. See {@link Session.swap}. */
  swap(
    key: Key,
    value: Unprivileged<Written<Value, Write, Privileged>, Privileged>,
  ): Promise<Value | undefined>;
  /** Sets or changes the value of a key, atomically. See {@link GuardedSession.upsert}. */
  upsert(
    key: Key,
    initial: Initial<Unprivileged<Written<Value, Write, Privileged>, Privileged>>,
    update: (current: Guarded<Value, Privileged>) => MaybePromise<void>,
  ): Promise<Value>;
  /** Changes the value of a key if there is one. See {@link GuardedSession.update}. */
  update(
    key: Key,
    update: (current: Guarded<Value, Privileged>) => MaybePromise<void>,
  ): Promise<Value | undefined>;
  /** Reads an optional field of the value of a key and removes it. See {@link Session.take}. */
  take<const Field extends Fields<Value> = Exclude<OptionalField<Value>, Privileged>>(
    key: Key,
    field: TakeableUnprivileged<Value, Field, Privileged>,
  ): Promise<FieldOf<Value, Field> | undefined>;
}
