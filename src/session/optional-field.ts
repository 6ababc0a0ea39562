/**
 * The names of a value's optional fields, which `take` accepts. `never` if the value is no object.
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

/** Whether the field is optional in every member of a union. */
type IsOptional<Value, Field extends keyof Value> = Value extends unknown
  ? Record<never, never> extends Pick<Value, Field>
    ? true
    : false
  : never;

/** The value of a field that is present. */
export type FieldOf<Value, Field> = Value extends object
  ? Field extends keyof Value
    ? Value[Field]
    : never
  : never;
