/** What stands, in a value's type, where something cannot be stored. The compiler's message shows it with its path. */
export interface SerializationError<Message extends string> {
  /** Why, and what to do instead. */
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
 * So `Value extends Serializable<Value>` is the test, and a failed one makes the compiler print the path.
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
