import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Problem, Serializable } from "../codec/serializable.ts";
import type { HasCodec } from "./has-codec.ts";

/**
 * The schema itself if it can describe a session value. Otherwise a sentence that says why not,
 * which the compiler shows. Every part of a value must be storable. The schema must accept its own
 * output or have a codec, because stored values are validated again.
 */
export type ValueSchema<Schema extends StandardSchemaV1> =
  Verdict<
    Schema,
    StandardSchemaV1.InferInput<Schema>,
    StandardSchemaV1.InferOutput<Schema>
  > extends true
    ? Schema
    : // Inferred once more as text. Otherwise the compiler computes all possible sentences for
      // every schema.
      Sentence<
          Schema,
          StandardSchemaV1.InferInput<Schema>,
          StandardSchemaV1.InferOutput<Schema>
        > extends infer Words extends string
      ? Words
      : never;

// In tuples, so that a union is checked as a whole. `any` and `unknown` are checked at run time
// only.
type Verdict<Schema, Input, Output> = unknown extends Output
  ? true
  : undefined extends Output
    ? false
    : [Output] extends [Input]
      ? IsSerializable<Output>
      : HasCodec<Schema> extends true
        ? IsSerializable<Input>
        : false;

type IsSerializable<Form> = [Form] extends [Serializable<Form>] ? true : false;

/** Why a schema was refused. */
type Sentence<Schema, Input, Output> = undefined extends Output
  ? "value: undefined means that there is no session; give null instead"
  : [Output] extends [Input]
    ? Problem<Output>
    : HasCodec<Schema> extends true
      ? Problem<Input>
      : "value: the schema must accept its own output, because what is read is validated again; use z.codec instead of a transform";

/**
 * What you may write besides a value: the schema's input, if that differs and a value fits it too;
 * otherwise nothing. So messages and hovers show the value once.
 */
export type WriteOf<Schema extends StandardSchemaV1> = [
  StandardSchemaV1.InferOutput<Schema>,
] extends [StandardSchemaV1.InferInput<Schema>]
  ? [StandardSchemaV1.InferInput<Schema>] extends [StandardSchemaV1.InferOutput<Schema>]
    ? never
    : StandardSchemaV1.InferInput<Schema>
  : never;
