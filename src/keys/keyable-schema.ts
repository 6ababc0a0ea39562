import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Extra, Method } from "../util/extra-field.ts";
import type { First } from "../util/first.ts";
import type { Less } from "../util/less.ts";
import type { IssuedKeySchema } from "./key-input.ts";
import type { IssuedKey } from "./key-source.ts";

/**
 * The schema itself if what it gives can be a key. Otherwise a sentence that says why not. In a
 * function over any schema this cannot be told, and the key is checked when it is used.
 */
export type KeyableSchema<Schema extends StandardSchemaV1> = [
  IsKeyable<StandardSchemaV1.InferOutput<Schema>>,
] extends [never]
  ? Sentence<StandardSchemaV1.InferOutput<Schema>>
  : // The compiler infers nothing from options that lack one and have an unknown one. What it then
    // says is to be about these.
    "~issued" extends keyof Schema
    ? StandardSchemaV1
    : Schema;

/** Takes the place of a part of a key that selects no session. */
interface KeyError<Message extends string> {
  readonly error: Message;
}

/** A function: with a signature, or of the type `Function`. */
type FunctionLike = Method | { readonly apply: Method; readonly bind: Method };

/** Objects with state beside their fields. */
type Stateful =
  | { readonly [Symbol.toStringTag]: string }
  | { readonly size: number; readonly has: Method }
  | { readonly exec: Method; readonly source: string }
  | { readonly href: string; readonly toJSON: Method };

/** The key itself, with a {@link KeyError} in place of each part that selects no session. */
type Keyable<Key> = unknown extends Key
  ? Key
  : Key extends string | number | bigint | boolean | null | Date
    ? Key
    : Key extends undefined | void
      ? KeyError<"undefined selects no session">
      : Key extends symbol
        ? KeyError<"a symbol selects no session; use text">
        : Key extends FunctionLike
          ? KeyError<"a function selects no session; use text">
          : Key extends readonly unknown[]
            ? { readonly [Index in number]: Keyable<Key[number]> }
            : Key extends Stateful
              ? KeyError<"an instance of a class selects no session; use its text">
              : [Key, keyof Error] extends [Error, keyof Key]
                ? KeyError<"an error selects no session; use text">
                : { [Field in keyof Key]: KeyableField<Key[Field]> };

/** A field that is undefined counts as missing. */
type KeyableField<Part> = undefined extends Part
  ? unknown extends Part
    ? Part
    : Keyable<Exclude<Part, undefined>> | undefined
  : Keyable<Part>;

// Every step succeeds for a type that the compiler does not know yet, so that a function over any
// schema passes.
type IsKeyable<Key> = [Key] extends [Keyable<Exclude<Key, undefined | void>>]
  ? ["some"] extends [Key extends null | undefined ? never : "some"]
    ? true
    : never
  : never;

type Sentence<Key> = [Key] extends [never]
  ? "key: never selects no session"
  : [Key] extends [null]
    ? "key: null selects no session; leave null out of the schema, and let keyFn give it for a request without a session"
    : undefined extends Key
      ? // Of `void`, too.
        "key: undefined selects no session; leave it out of the schema, and let keyFn give it for a request without a session"
      : First<Search<Key, "key", 5>>;

type Search<Part, Path extends string, Depth extends number> = Depth extends 0
  ? `${Path}: something in it selects no session`
  : Part extends unknown
    ? Keyable<Part> extends KeyError<infer Reason>
      ? `${Path}: ${Reason}`
      : // Another member of the union is at fault.
        Part extends Keyable<Part>
        ? never
        : Part extends readonly (infer Item)[]
          ? Search<Item, `${Path}[]`, Less[Depth]>
          : {
              [Field in keyof Part & string]-?: [Part[Field]] extends [KeyableField<Part[Field]>]
                ? never
                : Search<Exclude<Part[Field], undefined>, `${Path}.${Field}`, Less[Depth]>;
            }[keyof Part & string]
    : never;

/**
 * `unknown`, or a sentence if a `keyFn` returns a field that the key has not, an empty text, or a
 * cookie's key where the schema gives no text.
 */
export type FittingKeyFn<Result, Schema extends StandardSchemaV1> = [
  IsFitting<Result, Schema>,
] extends [never]
  ? Unfitting<Result, Schema>
  : unknown;

// `unknown` fits `any` alone, which `Result` is while the compiler infers it.
type IsFitting<Result, Schema extends StandardSchemaV1> = unknown extends Result
  ? true
  : [Result] extends [never]
    ? true
    : [Result] extends [IssuedKey]
      ? [IssuedKey, StandardSchemaV1.InferOutput<Schema>] extends [
          StandardSchemaV1.InferInput<Schema>,
          string,
        ]
        ? true
        : never
      : "~issued" extends keyof Schema
        ? never
        : [Extract<Result, "">] extends [never]
          ? [ExtraField<Result, Schema>] extends [never]
            ? true
            : never
          : never;

type Unfitting<Result, Schema extends StandardSchemaV1> = [Result] extends [IssuedKey]
  ? "the key of a cookie is text: leave key out, or use z.string()"
  : [Schema] extends [IssuedKeySchema]
    ? "key is missing: give its schema, such as z.string(), or let a cookie hold it: keyFn: cookieKey()"
    : [Extract<Result, "">] extends [never]
      ? `the key has no field "${First<ExtraField<Result, Schema>> & string}"; leave it out, or add it to the schema`
      : "an empty text is no key: let keyFn give undefined for a request without a session";

type ExtraField<Result, Schema extends StandardSchemaV1> = Extra<
  Result,
  StandardSchemaV1.InferInput<Schema>,
  8
>;
