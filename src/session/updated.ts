import type { Less } from "../util/less.ts";
import type { Fields } from "./optional-field.ts";

/**
 * What an update function may return, or promise: the next value. If the value is always an object,
 * the function may change it in place and return nothing. A returned field that the value has not
 * would be lost, so its type is a sentence.
 *
 * @typeParam Next - what the function returns
 */
export type Updated<Value, Write, Next> = (
  | Write
  // In a function over any value this cannot be told. It is left open then.
  | ([InPlace<Value>] extends [never] ? never : void)
) &
  Complete<Next, Write, "value">;

type InPlace<Value> = [Value] extends [object] ? true : never;

/**
 * `unknown`, or sentences in place of the fields that `Write` has not. In a function over any value
 * the compiler leaves a conditional type open, and so accepts the value; a lookup it would refuse.
 */
export type Complete<Next, Write, Whole extends string> = [IsComplete<Next, Write>] extends [never]
  ? Marked<Next, Write, Whole>
  : unknown;

type IsComplete<Next, Write> = [Extra<Next, Write, 8>] extends [never] ? true : never;

type Plain = string | number | bigint | boolean | symbol | null | undefined | void;
type Method = (...args: never) => unknown;

/** The type of a field, in every member of a union that has it. */
type FieldType<Value, Field> = Value extends unknown
  ? Field extends keyof Value
    ? Value[Field]
    : never
  : never;

/** The fields of a value, at most eight levels deep, that the value has not. */
type Extra<Next, Write, Depth extends number> = Depth extends 0
  ? never
  : unknown extends Next
    ? never
    : unknown extends Write
      ? never
      : Next extends Plain | Method | Date
        ? never
        : Next extends readonly (infer Item)[]
          ? Extra<Item, FieldType<Write, number>, Less[Depth]>
          : Exclude<keyof Next, Fields<Write>> extends never
            ? [Write] extends [Next]
              ? never
              : {
                  [Field in keyof Next]-?: Extra<Next[Field], FieldType<Write, Field>, Less[Depth]>;
                }[keyof Next]
            : Exclude<keyof Next, Fields<Write>>;

type Marked<Next, Write, Whole extends string> = Next extends Plain | Method | Date
  ? Next
  : Next extends readonly (infer Item)[]
    ? readonly Marked<Item, FieldType<Write, number>, Whole>[]
    : {
        [Field in keyof Next]: Field extends Fields<Write>
          ? Marked<Next[Field], FieldType<Write, Field>, Whole>
          : `the ${Whole} has no field "${Field & string}"`;
      };
