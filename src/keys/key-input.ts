import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { IssuedKey } from "./key-source.ts";

type Primitive = string | number | bigint | boolean | symbol | null | undefined;

/** `T`, all of it read-only: what an inferred constant is. */
export type DeepReadonly<T> = T extends (...args: never) => unknown
  ? T
  : T extends object
    ? { readonly [Field in keyof T]: DeepReadonly<T[Field]> }
    : T;

/**
 * What a `keyFn` may give: an input of the key schema, or nothing. The intersection makes the compiler infer literals
 * and tuples as they are written instead of widening them.
 */
export type KeyFnResult<Key extends StandardSchemaV1> = Key extends IssuedKeySchema
  ? IssuedKey
  : Given<Key>;

/** What stands for the key schema where none is given, because this server issues the keys. */
export interface IssuedKeySchema extends StandardSchemaV1<string, string> {
  /** Types only; never there at run time. */
  readonly "~issued": true;
}

type Given<Key extends StandardSchemaV1> =
  // Through a conditional, so that messages and hovers show what it comes to and not this name.
  DeepReadonly<StandardSchemaV1.InferInput<Key>> extends infer Input
    ? (Input & (Primitive | object)) | null | undefined
    : never;

/**
 * Whether a request has a session: `"always"`, `"optional"` where `keyFn` can give nothing, `"issued"` where it gets one by
 * its first write.
 */
export type Presence = "always" | "optional" | "issued";

/** The presence of sessions whose `keyFn` gives `Result`. */
export type PresenceOf<Result> = unknown extends Result
  ? "optional"
  : [Result] extends [never]
    ? "always"
    : [Result] extends [IssuedKey]
      ? "issued"
      : null extends Result
        ? "optional"
        : undefined extends Result
          ? "optional"
          : "always";
