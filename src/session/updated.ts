import type {
  Extra,
  Fields,
  FieldType,
  ItemOf,
  KeyOfMap,
  Method,
  Plain,
} from "../util/extra-field.ts";

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

type Marked<Next, Write, Whole extends string> = Next extends Plain | Method | Date
  ? Next
  : Next extends readonly (infer Item)[]
    ? readonly Marked<Item, FieldType<Write, number>, Whole>[]
    : Next extends ReadonlyMap<infer Key, infer Item>
      ? ReadonlyMap<Marked<Key, KeyOfMap<Write>, Whole>, Marked<Item, ItemOf<Write>, Whole>>
      : Next extends ReadonlySet<infer Item>
        ? ReadonlySet<Marked<Item, ItemOf<Write>, Whole>>
        : [IsComplete<Next, Write>] extends [never]
          ? {
              [Field in Unknown<Next, Write>]: Field extends Fields<Write>
                ? Marked<Next[Field], FieldType<Write, Field>, Whole>
                : `the ${Whole} has no field "${Field & string}"`;
            }
          : Next;

/** The fields that the value has not, or that have such fields. */
type Unknown<Next, Write> = keyof {
  [Field in keyof Next as Field extends Fields<Write>
    ? [IsComplete<Next[Field], FieldType<Write, Field>>] extends [never]
      ? Field
      : never
    : Field]: true;
} &
  keyof Next;
