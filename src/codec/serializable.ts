import type { Less } from "../util/less.ts";

/** Replaces a part of a value's type that cannot be stored. It says why, and what to do instead. */
export interface SerializationError<Message extends string> {
  /** The reason, which follows the path in a message. */
  readonly error: Message;
}

type Primitive = string | number | bigint | boolean | null | undefined;

type Method = (...args: never) => unknown;

/** A function: with a signature, or of the type `Function`. */
type FunctionLike = Method | { readonly apply: Method; readonly bind: Method };

/**
 * Types with state beside their fields: the collections, promises, buffers and streams of the
 * language, the web and Node.
 */
type Special =
  | { readonly [Symbol.toStringTag]: string }
  | { readonly size: number; readonly has: Method }
  | { readonly then: Method }
  | FormLike
  | BlobLike
  | StreamLike
  | IterableLike;

// Recognised by methods that only they have. So neither Node's types nor the web's are needed, and
// data with fields of these names is not mistaken for them.

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

/** Generators, iterators of collections, and classes of one's own. */
type IterableLike =
  | { readonly [Symbol.iterator]: Method }
  | { readonly [Symbol.asyncIterator]: Method };

/** URLSearchParams, and the FormData of Node and browsers. */
interface FormLike {
  readonly append: Method;
  readonly getAll: Method;
}

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
 * `Value` itself if all parts can be stored. Otherwise the same shape with a
 * {@link SerializationError} in place of each part that cannot. So
 * `Value extends Serializable<Value>` is the test, and the compiler stops at the first difference.
 *
 * `any` and `unknown` are checked at run time only. The most common types come first, because each
 * comparison with a generic type instantiates all its members.
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
            ? SerializationError<"symbols cannot be stored; use text">
            : Value extends Special
              ? SerializableSpecial<Value>
              : Value extends object
                ? Value extends Error
                  ? SerializableError<Value>
                  : { [Field in keyof Value]: SerializableField<Field, Value[Field]> }
                : Value;

/** An error. Data with a name and a message is none, as long as it lacks another of its fields. */
type SerializableError<Value> = keyof Error extends keyof Value
  ? SerializationError<"errors cannot be stored; store their message">
  : { [Field in keyof Value]: Serializable<Value[Field]> };

/** A field with a symbol for its name would be lost, unless it is the brand of a type. */
type SerializableField<Field, Part> = Field extends symbol
  ? Part extends string | number | bigint | boolean | Date | readonly unknown[]
    ? IsLiteral<Part> extends true
      ? Part
      : SerializationError<"fields named by symbols cannot be stored; use text">
    : Part
  : Serializable<Part>;

type IsLiteral<Part> = Part extends string | number | bigint | boolean
  ? string extends Part
    ? false
    : number extends Part
      ? false
      : bigint extends Part
        ? false
        : boolean extends Part
          ? false
          : true
  : false;

type SerializableSpecial<Value> = Value extends FormLike
  ? SerializationError<"URLSearchParams and FormData cannot be stored; use a plain object or text">
  : Value extends ReadonlyMap<infer Key, infer Item>
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
                      : Value extends IterableLike
                        ? SerializationError<"iterables cannot be stored; use an array">
                        : { [Field in keyof Value]: Serializable<Value[Field]> };

/**
 * Sentences that say which parts of a value cannot be stored, each with its path:
 * `"value.items[].at: symbols cannot be stored"`. The compiler computes them only for a value that
 * has failed the test, up to six levels deep.
 */
export type Problem<Value> = [Search<Value, "value", 6>] extends [never]
  ? "value: something in it, many levels deep, cannot be stored"
  : Search<Value, "value", 6>;

/** The problem of a value itself, or of one member of a union, and not of its parts. */
type Own<Value, Path extends string> = unknown extends Value
  ? never
  : Value extends unknown
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

/** The names of fields as text. The name of a symbol cannot be shown. */
type Named<Value> = keyof Value & (string | number);

type OwnOfFields<Value, Path extends string> = {
  [Field in Named<Value>]: Own<Value[Field], `${Path}.${Field}`>;
}[Named<Value>];
