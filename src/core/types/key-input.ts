import type { StandardSchemaV1 } from "@standard-schema/spec";

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
export type KeyFnResult<Key extends StandardSchemaV1> =
  // Through a conditional, so that messages and hovers show what it comes to and not this name.
  DeepReadonly<StandardSchemaV1.InferInput<Key>> extends infer Input
    ? (Input & (Primitive | object)) | null | undefined
    : never;

/** `undefined` if a `keyFn` that gives `Result` can leave a request without a session, else `never`. */
export type Guest<Result> = null extends Result
  ? undefined
  : undefined extends Result
    ? undefined
    : never;
