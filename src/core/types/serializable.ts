/** What stands, in a value's type, where something cannot be stored: why, and what to do instead. */
export interface SerializationError<Message extends string> {
  /** The reason, for {@link Problem} to put behind the path. */
  readonly error: Message;
}

type Atom = string | number | bigint | boolean | null | undefined | Date | RegExp | URL;

type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Node's Buffer, told from the Uint8Array it extends without its types. */
interface BufferLike {
  readonly readUInt32BE: unknown;
}

/**
 * `Value` itself where all of it can be stored; else the same shape with a {@link SerializationError} at what cannot.
 * So `Value extends Serializable<Value>` is the test, which the compiler carries out only as far as it must.
 *
 * Maps and sets are looked at before plain objects, which they would pass as; `any` and `unknown` are left to the check
 * at run time.
 */
export type Serializable<Value> = 0 extends 1 & Value
  ? Value
  : unknown extends Value
    ? Value
    : Value extends Atom
      ? Value
      : Value extends ReadonlyMap<infer Key, infer Item>
        ? ReadonlyMap<Serializable<Key>, Serializable<Item>>
        : Value extends ReadonlySet<infer Item>
          ? ReadonlySet<Serializable<Item>>
          : Value extends (...args: never) => unknown
            ? SerializationError<"functions cannot be stored">
            : Value extends symbol
              ? SerializationError<"symbols cannot be stored">
              : Value extends PromiseLike<unknown>
                ? SerializationError<"promises cannot be stored; await the value first">
                : Value extends WeakMap<object, unknown> | WeakSet<object>
                  ? SerializationError<"weak collections cannot be stored">
                  : Value extends ArrayBufferLike
                    ? SerializationError<"an ArrayBuffer cannot be stored; use a Uint8Array">
                    : Value extends BufferLike
                      ? SerializationError<"a Buffer cannot be stored; use a Uint8Array">
                      : Value extends TypedArray
                        ? Value
                        : Value extends ArrayBufferView
                          ? SerializationError<"this binary view cannot be stored; use a Uint8Array">
                          : Value extends object
                            ? { [Field in keyof Value]: Serializable<Value[Field]> }
                            : Value;

/**
 * Sentences that say what in a value cannot be stored, each with its path: `"value.items[].at: symbols cannot be stored"`.
 * Only worked out for a value that has failed the test, and six levels deep, so that a recursive type ends.
 */
export type Problem<Value> = [Search<Value, "value", 6>] extends [never]
  ? "value: something in it, many levels deep, cannot be stored"
  : Search<Value, "value", 6>;

type Less = [never, 0, 1, 2, 3, 4, 5];

type Search<Value, Path extends string, Depth extends number> = Depth extends 0
  ? never
  : Value extends Serializable<Value>
    ? never
    : Serializable<Value> extends SerializationError<infer Reason>
      ? `${Path}: ${Reason}`
      : Value extends ReadonlyMap<infer Key, infer Item>
        ? Search<Key, `${Path}(key)`, Less[Depth]> | Search<Item, `${Path}(entry)`, Less[Depth]>
        : Value extends ReadonlySet<infer Item>
          ? Search<Item, `${Path}(member)`, Less[Depth]>
          : Value extends readonly (infer Item)[]
            ? Search<Item, `${Path}[]`, Less[Depth]>
            : {
                [Field in keyof Value]-?: Field extends string | number
                  ? Search<Value[Field], `${Path}.${Field}`, Less[Depth]>
                  : never;
              }[keyof Value];
