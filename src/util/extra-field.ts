import type { Less } from "./less.ts";

/** What has no fields of its own. */
export type Plain = string | number | bigint | boolean | symbol | null | undefined | void;

/** Any function. */
export type Method = (...args: never) => unknown;

/** The names of a value's fields, in every member of a union. */
export type Fields<Value> = Value extends unknown ? keyof Value : never;

/** The type of a field, in every member of a union that has it. */
export type FieldType<Value, Field> = Value extends unknown
  ? Field extends keyof Value
    ? Value[Field]
    : never
  : never;

/** The keys of maps, in every member of a union that is one. */
export type KeyOfMap<Value> = Value extends ReadonlyMap<infer Key, unknown> ? Key : never;

/** What maps and sets hold, in every member of a union that is one. */
export type ItemOf<Value> =
  Value extends ReadonlyMap<unknown, infer Item>
    ? Item
    : Value extends ReadonlySet<infer Item>
      ? Item
      : never;

/**
 * The fields of `Next`, at most eight levels deep, that `Known` has not. In a function over any type
 * the compiler leaves it open.
 */
export type Extra<Next, Known, Depth extends number> = Depth extends 0
  ? never
  : unknown extends Next
    ? never
    : unknown extends Known
      ? never
      : Next extends Plain | Method | Date
        ? never
        : Next extends readonly (infer Item)[]
          ? Extra<Item, FieldType<Known, number>, Less[Depth]>
          : Exclude<keyof Next, Fields<Known>> extends never
            ? [Known] extends [Next]
              ? never
              : Within<Next, Known, Less[Depth]>
            : Exclude<keyof Next, Fields<Known>>;

/** The same of the parts of a value. */
type Within<Next, Known, Depth extends number> =
  Next extends ReadonlyMap<infer Key, infer Item>
    ? Extra<Key, KeyOfMap<Known>, Depth> | Extra<Item, ItemOf<Known>, Depth>
    : Next extends ReadonlySet<infer Item>
      ? Extra<Item, ItemOf<Known>, Depth>
      : {
          [Field in keyof Next]-?: Extra<Next[Field], FieldType<Known, Field>, Depth>;
        }[keyof Next];
