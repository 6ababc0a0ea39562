import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Problem, Serializable } from "../codec/serializable.ts";
import type { DeepReadonly } from "../util/deep-readonly.ts";
import type { First } from "../util/first.ts";
import type { HasCodec } from "./has-codec.ts";
import type { InputKind } from "./input-kind.ts";

/**
 * The schema itself if it can describe a session value. Otherwise a sentence that says why not,
 * which the compiler shows. Every part of a value must be storable. The schema must accept its own
 * output or have a codec, because stored values are validated again.
 */
export type ValueSchema<Schema extends StandardSchemaV1> = [Verdict<Schema>] extends [never]
  ? // One sentence, so that the compiler shows it and not the name of its type.
    First<
      Sentence<Schema, StandardSchemaV1.InferInput<Schema>, StandardSchemaV1.InferOutput<Schema>>
    >
  : // Also in a function over any schema, which is checked at run time.
    Schema;

// In tuples, so that a union is checked as a whole. `any` and `unknown` are checked at run time
// only. `true` or `never`, where every step succeeds for a type that the compiler does not know
// yet: so it lets a function over any schema pass.
type Verdict<Schema extends StandardSchemaV1> = [InputKind<Schema>] extends ["same" | "wider"]
  ? true
  : VerdictOf<Schema, StandardSchemaV1.InferInput<Schema>, StandardSchemaV1.InferOutput<Schema>>;

type VerdictOf<Schema, Input, Output> = [Output] extends [Input]
  ? ["some"] extends [Some<Output>]
    ? IsSerializable<Output>
    : never
  : HasCodec<Schema> extends true
    ? IsSerializable<Input>
    : // Only what is read is read-only, as with valibot's `readonly`.
      [Output] extends [DeepReadonly<Input>]
      ? IsSerializable<Output>
      : never;

/** `never` for `never`. */
type Some<Output> = Output extends unknown ? "some" : never;

type IsSerializable<Form> = [Form] extends [Serializable<Exclude<Form, undefined | void>>]
  ? true
  : never;

/** Why a schema was refused. */
type Sentence<Schema, Input, Output> = [Output] extends [never]
  ? "value: no value fits never, so nothing can be stored"
  : undefined extends Output
    ? "value: undefined means that there is no session; give null instead"
    : [Output] extends [Input]
      ? Problem<Output>
      : HasCodec<Schema> extends true
        ? Problem<Input>
        : [Output] extends [DeepReadonly<Input>]
          ? Problem<Output>
          : "value: the schema must accept its own output, because what is read is validated again; use z.codec instead of a transform";

/**
 * What you may write besides a value: the schema's input, if that differs and a value fits it too;
 * otherwise nothing. So messages and hovers show the value once. You meet it in the type of a
 * function of yours that defines sessions for any schema.
 *
 * @typeParam Schema - the schema of the value
 */
export type WriteOf<Schema extends StandardSchemaV1> = [InputKind<Schema>] extends ["same"]
  ? never
  : InputBeside<StandardSchemaV1.InferInput<Schema>, StandardSchemaV1.InferOutput<Schema>>;

type InputBeside<Input, Output> = [Output] extends [Input]
  ? [Input] extends [Output]
    ? never
    : Input
  : never;
