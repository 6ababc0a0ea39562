/** What stands, in a value's type, where something cannot be stored: why, and what to do instead. */
export interface SerializationError<Message extends string> {
  /** The reason, to be put behind the path. */
  readonly error: Message;
}

type Primitive = string | number | bigint | boolean | null | undefined;

type Method = (...args: never) => unknown;

/** A function: with a signature, or of the type `Function`. */
type FunctionLike = Method | { readonly apply: Method; readonly bind: Method };

/** What may be more than its fields: the collections, promises, buffers and streams of the language, the web and Node. */
type Special =
  | { readonly [Symbol.toStringTag]: string }
  | { readonly size: number; readonly has: Method }
  | { readonly then: Method }
  | BlobLike
  | StreamLike;

// Told by methods that only they have, so that neither Node's types nor the web's are needed, and data with fields of
// these names is not taken for them.

interface BufferLike {
  readonly readUInt32BE: Method;
}

interface BlobLike {
  readonly arrayBuffer: Method;
  readonly stream: Method;
}

type StreamLike =
  | { readonly getReader: Method; readonly pipeTo: Method }
  | { readonly getWriter: Method; readonly abort: Method }
  | { readonly pipe: Method; readonly destroy: Method };

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

/**
 * `Value` itself where all of it can be stored; else the same shape with a {@link SerializationError} at what cannot.
 * So `Value extends Serializable<Value>` is the test, which the compiler carries out only as far as it must.
 *
 * `any` and `unknown` are left to the check at run time. What is asked first is what most values are, and costs least:
 * a generic type that a value is compared with is instantiated with all its members.
 */
export type Serializable<Value> = unknown extends Value
  ? Value
  : Value extends Primitive
    ? Value
    : Value extends readonly unknown[]
      ? // Not over the array's own keys, which the compiler maps at once: a type like that of JSON would never end.
        { readonly [Index in number]: Serializable<Value[number]> }
      : Value extends Date | RegExp | URL
        ? Value
        : Value extends FunctionLike
          ? SerializationError<"functions cannot be stored; a class needs a z.codec">
          : Value extends symbol
            ? SerializationError<"symbols cannot be stored">
            : Value extends Special
              ? SerializableSpecial<Value>
              : Value extends object
                ? { [Field in keyof Value]: Serializable<Value[Field]> }
                : Value;

type SerializableSpecial<Value> =
  Value extends ReadonlyMap<infer Key, infer Item>
    ? ReadonlyMap<Serializable<Key>, Serializable<Item>>
    : Value extends ReadonlySet<infer Item>
      ? ReadonlySet<Serializable<Item>>
      : Value extends { readonly then: Method }
        ? SerializationError<"promises cannot be stored; await the value first">
        : Value extends WeakMap<object, unknown> | WeakSet<object>
          ? SerializationError<"weak collections cannot be stored">
          : Value extends BufferLike
            ? SerializationError<"a Buffer cannot be stored; use a Uint8Array">
            : // Before ArrayBuffer, which typed arrays pass as until TypeScript 5.7.
              Value extends TypedArray
              ? Value
              : Value extends ArrayBufferLike
                ? SerializationError<"an ArrayBuffer cannot be stored; use a Uint8Array">
                : Value extends BlobLike
                  ? SerializationError<"a Blob cannot be stored; use a Uint8Array">
                  : Value extends StreamLike
                    ? SerializationError<"streams cannot be stored; read them first">
                    : Value extends ArrayBufferView
                      ? SerializationError<"this binary view cannot be stored; use a Uint8Array">
                      : { [Field in keyof Value]: Serializable<Value[Field]> };

/**
 * Sentences that say what in a value cannot be stored, each with its path: `"value.items[].at: symbols cannot be stored"`.
 * Only worked out for a value that has failed the test; the nearest are enough, and a recursive type ends at six levels.
 */
export type Problem<Value> = [Search<Value, "value", 6>] extends [never]
  ? "value: something in it, many levels deep, cannot be stored"
  : Search<Value, "value", 6>;

type Less = [never, 0, 1, 2, 3, 4, 5];

/** What is wrong with a value itself, or with one member of a union, and not with something in it. */
type Own<Value, Path extends string> = Value extends unknown
  ? Serializable<Value> extends SerializationError<infer Reason>
    ? `${Path}: ${Reason}`
    : never
  : never;

type Search<Value, Path extends string, Depth extends number> = Depth extends 0
  ? never
  : [Own<Value, Path>] extends [never]
    ? Within<Value, Path, Less[Depth]>
    : Own<Value, Path>;

type Within<Value, Path extends string, Depth extends number> =
  Value extends Serializable<Value>
    ? never
    : Value extends ReadonlyMap<infer Key, infer Item>
      ? Search<Key, `${Path}(key)`, Depth> | Search<Item, `${Path}(entry)`, Depth>
      : Value extends ReadonlySet<infer Item>
        ? Search<Item, `${Path}(member)`, Depth>
        : Value extends readonly (infer Item)[]
          ? Search<Item, `${Path}[]`, Depth>
          : [OwnOfFields<Value, Path>] extends [never]
            ? {
                [Field in Named<Value>]: Search<Value[Field], `${Path}.${Field}`, Depth>;
              }[Named<Value>]
            : OwnOfFields<Value, Path>;

type Named<Value> = keyof Value & (string | number);

type OwnOfFields<Value, Path extends string> = {
  [Field in Named<Value>]: Own<Value[Field], `${Path}.${Field}`>;
}[Named<Value>];
