/**
 * A field that `take` accepts: it is optional in every member of a union. Otherwise a sentence. In a
 * function over any value this cannot be told, and every field is accepted.
 */
export type Takeable<Value, Field> = [IsTakeable<Value, Field>] extends [never]
  ? Refusal<Value, Field>
  : Field;

/** The optional fields: what an editor offers for `take`. */
export type OptionalField<Value> = Value extends object
  ? keyof { [Field in keyof Value as IsOptional<Value, Field> extends true ? Field : never]: true }
  : never;

type IsTakeable<Value, Field> = [IsOptional<NonNullable<Value>, Field>] extends [true]
  ? true
  : never;

type IsOptional<Value, Field> = Value extends object
  ? Field extends keyof Value
    ? string extends keyof Value
      ? true
      : Record<never, never> extends Pick<Value, Field>
        ? true
        : false
    : false
  : false;

// An editor asks about several fields at once. It gets those that fit, and so offers no sentence.
type Refusal<Value, Field> = [NonNullable<Value>] extends [object]
  ? [IsOne<Field>] extends [true]
    ? `take removes a field, but "${Field & string}" is not optional in the value`
    : OptionalField<Value>
  : "take needs a value that is an object with optional fields";

type IsOne<Field, Whole = Field> = Field extends unknown
  ? [Whole] extends [Field]
    ? true
    : false
  : never;

/** The value of a field that is present. */
export type FieldOf<Value, Field> = Value extends object
  ? Field extends keyof Value
    ? Value[Field]
    : never
  : never;
