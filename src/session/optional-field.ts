/**
 * The names of the fields that a value can be without, which are those that `take` may take. `never` where the value is
 * no object.
 */
export type OptionalField<Value> = [NonNullable<Value>] extends [object]
  ? NonNullable<Value> extends readonly unknown[]
    ? never
    : {
        [Field in keyof NonNullable<Value>]-?: [IsOptional<NonNullable<Value>, Field>] extends [
          true,
        ]
          ? Field
          : never;
      }[keyof NonNullable<Value>]
  : never;

/** Whether every member of a union can be without the field. */
type IsOptional<Value, Field extends keyof Value> = Value extends unknown
  ? Record<never, never> extends Pick<Value, Field>
    ? true
    : false
  : never;

/** What a field holds that is there. */
export type FieldOf<Value, Field> = Value extends object
  ? Field extends keyof Value
    ? Value[Field]
    : never
  : never;
