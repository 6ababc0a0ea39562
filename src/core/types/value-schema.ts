import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Serializable } from "./serializable.ts";

/** What stands in place of a schema that cannot describe a session value. The compiler's message shows why. */
export interface SchemaError<Message extends string> {
  /** Why, and what to do instead. */
  readonly error: Message;
}

/** A schema with this output: what the compiler compares a refused schema with, so that it prints the path. */
interface WithOutput<Output> {
  readonly "~standard": { readonly types?: { readonly output: Output } | undefined };
}

/**
 * The schema itself if it can describe a session value, else a type that it does not fit: every part of its output must
 * be storable, and it must accept its own output, because what is read is validated again.
 */
export type ValueSchema<Schema extends StandardSchemaV1> = Check<
  Schema,
  StandardSchemaV1.InferInput<Schema>,
  StandardSchemaV1.InferOutput<Schema>
>;

// In tuples, so that a union is looked at as a whole.
type Check<Schema, Input, Output> = 0 extends 1 & Output
  ? Schema
  : unknown extends Output
    ? Schema
    : [Output] extends [Serializable<Output>]
      ? [Output] extends [Input]
        ? undefined extends Output
          ? SchemaError<"undefined means that there is no session; let the value schema give null instead">
          : Schema
        : SchemaError<"the value schema must accept its own output, since what is read is validated again">
      : WithOutput<Serializable<Output>>;
