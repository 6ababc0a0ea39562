import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { DeepReadonly } from "../util/deep-readonly.ts";
import type { IssuedKey } from "./key-source.ts";

type Primitive = string | number | bigint | boolean | symbol | null | undefined;

/**
 * What a `keyFn` may return: an input of the key schema, `null` or `undefined`. The intersection
 * makes the compiler infer literals and tuples instead of wider types. Without a key schema it is
 * anything, and beside numbers and objects also an issued key: {@link FittingKeyFn} refuses them.
 */
export type KeyFnResult<Key extends StandardSchemaV1> = Key extends IssuedKeySchema
  ? Primitive | object
  : Given<Key>;

/** Replaces a missing key schema where this server issues the keys. */
export interface IssuedKeySchema extends StandardSchemaV1<string, string> {
  /** For the compiler; it does not exist at run time. */
  readonly "~issued": true;
}

type Given<Key extends StandardSchemaV1> =
  // A conditional type, so that messages and hovers show the result and not this name.
  DeepReadonly<StandardSchemaV1.InferInput<Key>> extends infer Input
    ?
        | (Input & (Primitive | object))
        | ("length" extends keyof Input ? never : IssuedKey)
        | null
        | undefined
    : never;

/**
 * Whether a request has a session: `"always"`, `"optional"` if `keyFn` can return no key,
 * `"issued"` if its first write starts one. Issued sessions may have privileged fields.
 */
export type Presence = "always" | "optional" | "issued" | { readonly privileged: string };

/** The presence of sessions whose `keyFn` returns `Result`. */
export type PresenceOf<Result, Privileged extends string = never> = unknown extends Result
  ? [Privileged] extends [never]
    ? "optional"
    : { readonly privileged: Privileged }
  : [Result] extends [never]
    ? "always"
    : [Result] extends [IssuedKey]
      ? [Privileged] extends [never]
        ? "issued"
        : { readonly privileged: Privileged }
      : null extends Result
        ? "optional"
        : undefined extends Result
          ? "optional"
          : "always";
