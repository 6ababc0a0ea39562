import { MAX_DEPTH } from "./json-depth.ts";
import { describeInstance, refuse, tooLarge } from "./refuse-value.ts";
import { TYPED_ARRAYS } from "./typed-arrays.ts";

/** superjson's name for a type that JSON lacks. */
type Type = string | readonly ["typed-array", string];

/** superjson's note on one part: its type, and the notes on its own parts. */
type Note = readonly [Type] | readonly [Type, Notes];

/** Notes by the dotted path of their part. */
interface Notes {
  [path: string]: Note;
}

/** A value in superjson's format. */
export interface EncodedValue {
  readonly json: unknown;
  /** `meta.values`; `undefined` if the value is plain JSON. */
  readonly notes: Note | Notes | undefined;
}

/** One step from a container to its part: a field, an index, or one half of a map's entry. */
type Segment = string | number | MapEntry;

interface MapEntry {
  readonly index: number;
  readonly half: 0 | 1;
  readonly key: unknown;
}

const HOLES = "arrays with holes or properties cannot be stored";

const TYPED_ARRAY_NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(TYPED_ARRAYS).map(([name, TypedArray]) => [TypedArray.prototype, name]),
);

/**
 * Returns the JSON of a value, and the notes from which superjson and `revive` restore the value.
 * Plain JSON is returned as it is, not copied.
 *
 * Before it looks inside a part, it counts the least bytes that the part can take in the text, and
 * stops at `maxBytes`. A shared part is written, and so counted, each time it occurs. So a long
 * array, or sharing that doubles with every level, takes no longer than a value that fits.
 *
 * @param maxBytes - the size limit of the text, in bytes
 * @throws InvalidValueError if a part of the value would change when it is read back; the issue has
 * its path
 * @throws TooLargeError if its text is certain to be larger than `maxBytes`
 */
export function encodeValue(value: unknown, maxBytes: number): EncodedValue {
  if (value === undefined) refuse("undefined means that there is no session", []);
  const encoder = new Encoder(maxBytes);
  const json = encoder.encode(value);
  const { notes, reserved } = encoder;
  if (notes !== undefined && reserved !== undefined) {
    refuse(
      `a key "constructor" or "prototype" cannot be kept beside values that JSON lacks`,
      reserved,
    );
  }
  return { json, notes };
}

class Encoder {
  /** The path of a key that superjson refuses. Plain JSON may have it. */
  reserved: readonly PropertyKey[] | undefined;
  readonly #maxBytes: number;
  #bytesLeft: number;
  /** The path of the current part. It is copied only for a report or a note. */
  readonly #path: Segment[] = [];
  /** The note on the value itself. */
  #note: Note | undefined;
  /**
   * The notes on parts of the innermost map or set, or else of the value, and the length of the
   * path to it.
   */
  #notes: Notes | undefined;
  #base = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytesLeft = maxBytes;
  }

  get notes(): Note | Notes | undefined {
    return this.#note ?? this.#notes;
  }

  /** Returns the JSON of the value itself. */
  encode(value: unknown): unknown {
    return this.#isPlain(value) ? value : this.#part(value, 0);
  }

  /** Returns the JSON of a container's part. The container has counted one byte for it. */
  #at(segment: Segment, value: unknown, depth: number): unknown {
    return this.#isPlain(value) ? value : this.#inside(segment, value, depth);
  }

  #inside(segment: Segment, value: unknown, depth: number): unknown {
    this.#path.push(segment);
    const json = this.#part(value, depth);
    this.#path.pop();
    return json;
  }

  /** Returns whether JSON holds this primitive as it is. Containers are checked elsewhere. */
  #isPlain(value: unknown): boolean {
    switch (typeof value) {
      case "string":
        this.#spend(value.length + 1);
        return true;
      case "number":
        // JSON has neither NaN nor the infinities, and turns -0 into 0.
        return Number.isFinite(value) && !Object.is(value, -0);
      case "boolean":
        return true;
      default:
        return value === null;
    }
  }

  #part(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "object":
        return this.#object(value as object, depth);
      case "undefined":
        return this.#noted("undefined", null);
      case "number":
        return this.#noted("number", value === 0 ? "-0" : `${value}`);
      case "bigint":
        // Three and a half bits make a digit. Writing out a number takes more than linear time.
        if (BigInt.asIntN(64 + 4 * this.#bytesLeft, value) !== value) {
          throw tooLarge(this.#maxBytes);
        }
        return this.#noted("bigint", `${value}`);
      case "function":
        return this.#refuse("functions cannot be stored");
      default:
        return this.#refuse("symbols cannot be stored");
    }
  }

  #object(value: object, depth: number): unknown {
    this.#checkDepth(depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      return this.#fields(value as Record<string, unknown>, depth);
    }
    if (prototype === Array.prototype) return this.#items(value as unknown[], depth);
    const numbers = TYPED_ARRAY_NAMES.get(prototype);
    if (numbers !== undefined) return this.#numbers(value as Float64Array, numbers);
    if (Reflect.ownKeys(value).some((key) => key !== "lastIndex")) {
      this.#refuse("own properties of a class instance cannot be stored");
    }
    switch (prototype) {
      case Map.prototype:
        return this.#map(value as Map<unknown, unknown>, depth);
      case Set.prototype:
        return this.#set(value as Set<unknown>, depth);
      case Date.prototype:
        if (Number.isNaN((value as Date).getTime())) {
          this.#refuse("an invalid date cannot be stored");
        }
        return this.#noted("Date", (value as Date).toISOString());
      case RegExp.prototype:
        if ((value as RegExp).lastIndex !== 0) {
          this.#refuse("a regular expression in use cannot be stored");
        }
        return this.#noted("regexp", `${value}`);
      case URL.prototype:
        return this.#noted("URL", (value as URL).href);
      default:
        return this.#refuse(`${describeInstance(value)} cannot be stored`);
    }
  }

  #fields(value: Record<string, unknown>, depth: number): unknown {
    const keys = Object.keys(value);
    // Asked in two questions because V8 answers each from the object's shape, and Reflect.ownKeys
    // three times slower.
    if (
      Object.getOwnPropertyNames(value).length !== keys.length ||
      Object.getOwnPropertySymbols(value).length > 0
    ) {
      this.#refuse("symbol keys and hidden properties cannot be stored");
    }
    let json = value;
    for (const key of keys) {
      this.#spend(key.length + 5);
      if (key === "__proto__") this.#refuse(`a key "__proto__" cannot be stored`, key);
      if (key === "constructor" || key === "prototype") this.reserved ??= this.#place(key);
      const item = value[key];
      if (this.#isPlain(item)) continue;
      const encoded = this.#inside(key, item, depth + 1);
      if (encoded !== item) {
        if (json === value) json = { ...value };
        json[key] = encoded;
      }
    }
    return json;
  }

  #items(value: readonly unknown[], depth: number): unknown {
    this.#spend(2 * value.length);
    // An array's keys are its indexes. Fewer keys mean holes, more keys mean properties.
    if (Object.keys(value).length !== value.length) this.#refuse(HOLES);
    let json = value as unknown[];
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      // There can be as many properties as holes.
      if (item === undefined && !(index in value)) this.#refuse(HOLES);
      if (this.#isPlain(item)) continue;
      const encoded = this.#inside(index, item, depth + 1);
      if (encoded !== item) {
        if (json === value) json = [...value];
        json[index] = encoded;
      }
    }
    return json;
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): unknown {
    this.#spend(6 * value.size);
    // An entry is an array within the map's own.
    this.#checkDepth(depth + 1);
    return this.#noteParts("map", () => {
      const entry = { index: 0, half: 0 as 0 | 1, key: undefined as unknown };
      const json: unknown[] = [];
      for (const [key, item] of value) {
        entry.key = key;
        entry.half = 0;
        const encoded = this.#at(entry, key, depth + 2);
        entry.half = 1;
        json.push([encoded, this.#at(entry, item, depth + 2)]);
        entry.index++;
      }
      return json;
    });
  }

  #set(value: ReadonlySet<unknown>, depth: number): unknown {
    this.#spend(2 * value.size);
    return this.#noteParts("set", () => {
      const json: unknown[] = [];
      for (const item of value) json.push(this.#at(json.length, item, depth + 1));
      return json;
    });
  }

  #numbers(value: Float64Array, name: string): unknown {
    this.#spend(2 * value.length);
    if (Object.keys(value).length !== value.length) {
      this.#refuse("own properties of a typed array cannot be stored");
    }
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (!Number.isFinite(item) || Object.is(item, -0)) {
        this.#refuse(
          "a typed array with NaN, Infinity or -0 cannot be stored; use an array",
          index,
        );
      }
    }
    return this.#noted(["typed-array", name], Array.from(value));
  }

  /**
   * Encodes the parts of a container that needs a note. The notes on the parts go into that note.
   */
  #noteParts(type: Type, encode: () => unknown): unknown {
    const [notes, base] = [this.#notes, this.#base];
    this.#notes = undefined;
    this.#base = this.#path.length;
    const json = encode();
    const inner: Notes | undefined = this.#notes;
    this.#notes = notes;
    this.#base = base;
    return this.#noted(type, json, inner);
  }

  /** Adds a note on the type of a part, and returns its JSON. */
  #noted(type: Type, json: unknown, inner?: Notes): unknown {
    const note: Note = inner === undefined ? [type] : [type, inner];
    if (typeof json === "string") this.#spend(json.length + 1);
    if (this.#path.length === 0) {
      this.#note = note;
      return json;
    }
    let path = pathOf(this.#path[this.#base] as Segment);
    for (let i = this.#base + 1; i < this.#path.length; i++) {
      path += `.${pathOf(this.#path[i] as Segment)}`;
    }
    this.#spend(path.length + '"":["set"],'.length);
    this.#notes ??= {};
    this.#notes[path] = note;
    return json;
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw tooLarge(this.#maxBytes);
  }

  #checkDepth(depth: number): void {
    if (depth >= MAX_DEPTH) this.#refuse(`nested more than ${MAX_DEPTH} levels deep, or circular`);
  }

  /**
   * Returns the path for a message. A map's entry appears as its key if that is text, otherwise as
   * its index.
   */
  #place(...last: PropertyKey[]): PropertyKey[] {
    const way = this.#path.map((it) => {
      if (typeof it !== "object") return it;
      return typeof it.key === "string" ? it.key : it.index;
    });
    return [...way, ...last];
  }

  #refuse(why: string, ...last: PropertyKey[]): never {
    refuse(why, this.#place(...last));
  }
}

/**
 * Returns a segment of superjson's paths. They escape dots and backslashes of names with a
 * backslash.
 */
function pathOf(segment: Segment): string {
  if (typeof segment === "object") return `${segment.index}.${segment.half}`;
  return typeof segment === "number" ? `${segment}` : segment.replace(/[\\.]/g, "\\$&");
}
