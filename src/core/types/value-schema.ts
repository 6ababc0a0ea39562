import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { HasCodec } from "./has-codec.ts";
import type { Problem, Serializable } from "./serializable.ts";

/**
 * The schema itself if it can describe a session value, else a sentence that says why not, which the compiler shows:
 * every part of what is stored must be storable, and the schema must accept its own output or have a codec, because what
 * is read is validated again.
 */
export type ValueSchema<Schema extends StandardSchemaV1> = Check<
  Schema,
  StandardSchemaV1.InferInput<Schema>,
  StandardSchemaV1.InferOutput<Schema>
>;

// In tuples, so that a union is looked at as a whole. `any` and `unknown` are left to the checks at run time.
type Check<Schema, Input, Output> = unknown extends Output
  ? Schema
  : undefined extends Output
    ? "value: undefined means that there is no session; give null instead"
    : [Output] extends [Input]
      ? Stored<Schema, Output>
      : HasCodec<Schema> extends true
        ? Stored<Schema, Input>
        : "value: the schema must accept its own output, because what is read is validated again; use z.codec instead of a transform";

type Stored<Schema, Form> = [Form] extends [Serializable<Form>] ? Schema : Problem<Form>;

/**
 * What may be written: what the schema takes, if that includes what it gives; else, through a codec, what it gives.
 */
export type WriteOf<Schema extends StandardSchemaV1> = [
  StandardSchemaV1.InferOutput<Schema>,
] extends [StandardSchemaV1.InferInput<Schema>]
  ? StandardSchemaV1.InferInput<Schema>
  : StandardSchemaV1.InferOutput<Schema>;
