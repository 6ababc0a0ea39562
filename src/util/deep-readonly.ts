/** What has no parts, also with a brand: it stays as it is, and so do messages that show it. */
type Whole = string | number | bigint | boolean | Date | ((...args: never) => unknown);

/** `T` with all parts read-only, as an inferred constant is. */
export type DeepReadonly<T> = T extends Whole
  ? T
  : T extends object
    ? { readonly [Field in keyof T]: DeepReadonly<T[Field]> }
    : T;
