import { MAX_DEPTH } from "./json-depth.ts";
import { describeInstance, refuse, tooLarge } from "./refuse-value.ts";
import { TYPED_ARRAYS } from "./typed-arrays.ts";

/** A value in superjson's format. */
export interface EncodedValue {
  /** What stands for the value in JSON. Plain JSON is the value itself, not a copy. */
  readonly json: unknown;
  /** The text of `meta.values`, superjson's notes. It is empty if the value is plain JSON. */
  readonly notes: string;
}

/** A part's place in the value. Messages and notes make their paths of it. */
interface Place {
  /** The container; `undefined` for the value itself. */
  readonly outer: Place | undefined;
  /** A field, an index, or the key of a map's entry. */
  readonly name: string | number;
  /** How many containers there are around it. */
  readonly depth: number;
  /** Its path in the notes on the innermost map or set around it, once a note has needed it. */
  path: string | undefined;
}

const HOLES = "arrays with holes or properties cannot be stored";

const TYPED_ARRAY_NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(TYPED_ARRAYS).map(([name, TypedArray]) => [TypedArray.prototype, name]),
);

/**
 * Returns the JSON of a value, and the notes from which superjson and `revive` restore the value.
 *
 * Before it looks inside a part, it counts the least bytes that the part can take in the text, and
 * stops at `maxBytes`. A shared part is written, and so counted, each time it occurs. So a long
 * array, or sharing that doubles with every level, takes no longer than a value that fits.
 *
 * @param maxBytes - the size limit of the text, in bytes
 * @param isFresh - whether a schema has just made all objects and arrays, so that nothing is hidden
 * in them
 * @throws InvalidValueError if a part of the value would change when it is read back; the issue has
 * its path
 * @throws TooLargeError if its text is certain to be larger than `maxBytes`
 */
export function encodeValue(value: unknown, maxBytes: number, isFresh: boolean): EncodedValue {
  if (value === undefined) refuse("undefined means that there is no session", []);
  return new Encoder(maxBytes, isFresh).encode(value);
}

class Encoder {
  readonly #maxBytes: number;
  readonly #isFresh: boolean;
  #bytesLeft: number;
  /** The notes on parts of the innermost map or set, or else of the value, without the braces. */
  #notes = "";
  /** The place of a key that superjson refuses. Plain JSON may have it. */
  #reserved: Place | undefined;

  constructor(maxBytes: number, isFresh: boolean) {
    this.#maxBytes = maxBytes;
    this.#isFresh = isFresh;
    this.#bytesLeft = maxBytes;
  }

  encode(value: unknown): EncodedValue {
    const root: Place = { outer: undefined, name: "", depth: 0, path: "" };
    const json = this.#isPlain(value) ? value : this.#part(value, root);
    if (this.#notes !== "" && this.#reserved !== undefined) {
      const why = `a key "constructor" or "prototype" cannot be kept beside values that JSON lacks`;
      refuse(why, pathTo(this.#reserved));
    }
    // A note on the value itself stands alone.
    const isAlone = this.#notes === "" || this.#notes.startsWith("[");
    return { json, notes: isAlone ? this.#notes : `{${this.#notes}}` };
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

  /** Returns the JSON of whatever is no plain primitive. */
  #part(value: unknown, place: Place): unknown {
    switch (typeof value) {
      case "object":
        return this.#object(value as object, place);
      case "undefined":
        return this.#noted(place, '["undefined"]', null);
      case "number":
        return this.#noted(place, '["number"]', value === 0 ? "-0" : `${value}`);
      case "bigint":
        // Three and a half bits make a digit. Writing out a number takes more than linear time.
        if (BigInt.asIntN(64 + 4 * this.#bytesLeft, value) !== value) {
          throw tooLarge(this.#maxBytes);
        }
        return this.#noted(place, '["bigint"]', `${value}`);
      default:
        return refuse(`${typeof value}s cannot be stored`, pathTo(place));
    }
  }

  #object(value: object, place: Place): unknown {
    checkDepth(place.depth, place);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      return this.#fields(value as Record<string, unknown>, place);
    }
    if (prototype === Array.prototype) return this.#items(value as unknown[], place);
    const numbers = ArrayBuffer.isView(value) ? TYPED_ARRAY_NAMES.get(prototype) : undefined;
    if (numbers !== undefined) return this.#numbers(value as Float64Array, numbers, place);
    return this.#instance(value, prototype, place);
  }

  #fields(value: Record<string, unknown>, place: Place): unknown {
    if (!this.#isFresh && ownCount(value) !== Object.keys(value).length) {
      refuse("symbol keys and hidden properties cannot be stored", pathTo(place));
    }
    let json = value;
    // Faster than a loop over the list of keys. It also finds what a program has added to
    // Object.prototype.
    for (const key in value) {
      this.#spend(key.length + 5);
      if (key === "__proto__") refuse(`a key "__proto__" cannot be stored`, pathTo(place, key));
      if (key === "constructor" || key === "prototype") this.#reserved ??= inside(place, key);
      const item = value[key];
      if (this.#isPlain(item) || !Object.hasOwn(value, key)) continue;
      const encoded = this.#part(item, inside(place, key));
      if (encoded === item) continue;
      if (json === value) json = { ...value };
      json[key] = encoded;
    }
    return json;
  }

  #items(value: readonly unknown[], place: Place): unknown {
    this.#spend(2 * value.length);
    // An array's keys are its indexes. Fewer keys mean holes, more keys mean properties.
    if (!this.#isFresh && ownCount(value) !== value.length + 1) refuse(HOLES, pathTo(place));
    let json = value as unknown[];
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      // There can be as many properties as holes.
      if (item === undefined && !(index in value)) refuse(HOLES, pathTo(place));
      if (this.#isPlain(item)) continue;
      const encoded = this.#part(item, inside(place, index));
      if (encoded === item) continue;
      if (json === value) json = [...value];
      json[index] = encoded;
    }
    return json;
  }

  #numbers(value: Float64Array, name: string, place: Place): unknown {
    this.#spend(2 * value.length);
    if (ownCount(value) !== value.length) {
      refuse("own properties of a typed array cannot be stored", pathTo(place));
    }
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (Number.isFinite(item) && !Object.is(item, -0)) continue;
      const why = "a typed array with NaN, Infinity or -0 cannot be stored; use an array";
      refuse(why, pathTo(place, index));
    }
    return this.#noted(place, `[["typed-array","${name}"]]`, Array.from(value));
  }

  #instance(value: object, prototype: unknown, place: Place): unknown {
    if (ownCount(value) !== (INHERENT.get(prototype) ?? 0)) {
      refuse("own properties of a class instance cannot be stored", pathTo(place));
    }
    switch (prototype) {
      case Map.prototype:
      case Set.prototype:
        return this.#collection(value as Map<unknown, unknown> | Set<unknown>, place);
      case Date.prototype:
        if (Number.isNaN((value as Date).getTime())) {
          refuse("an invalid date cannot be stored", pathTo(place));
        }
        return this.#noted(place, '["Date"]', isoDate(value as Date));
      case RegExp.prototype:
        if ((value as RegExp).lastIndex !== 0) {
          refuse("a regular expression in use cannot be stored", pathTo(place));
        }
        return this.#noted(place, '["regexp"]', `${value}`);
      case URL.prototype:
        return this.#noted(place, '["URL"]', (value as URL).href);
      default:
        return refuse(`${describeInstance(value)} cannot be stored`, pathTo(place));
    }
  }

  /** Encodes a map or a set. The notes on its parts go into the note on itself. */
  #collection(value: Map<unknown, unknown> | Set<unknown>, place: Place): unknown {
    const isMap = value instanceof Map;
    this.#spend((isMap ? 6 : 2) * value.size);
    const outer = this.#notes;
    this.#notes = "";
    const json: unknown[] = [];
    // An entry of a map is an array within the map's own.
    const depth = place.depth + (isMap ? 2 : 1);
    checkDepth(depth - 1, place);
    for (const [key, item] of value.entries()) {
      const index = json.length;
      const name = isMap ? (typeof key === "string" ? key : index) : index;
      const part = (of: unknown, path: string): unknown =>
        this.#isPlain(of) ? of : this.#part(of, { outer: place, name, depth, path });
      json.push(
        isMap ? [part(key, `${index}.0`), part(item, `${index}.1`)] : part(key, `${index}`),
      );
    }
    const inner = this.#notes === "" ? "" : `,{${this.#notes}}`;
    this.#notes = outer;
    return this.#noted(place, `["${isMap ? "map" : "set"}"${inner}]`, json);
  }

  /** Adds a note on a part, and returns the part's JSON. */
  #noted(place: Place, note: string, json: unknown): unknown {
    if (typeof json === "string") this.#spend(json.length + 1);
    if (place.outer === undefined) this.#notes = note;
    else {
      const path = notePath(place);
      this.#spend(path.length + '"":["set"],'.length);
      this.#notes += `${this.#notes === "" ? "" : ","}"${path}":${note}`;
    }
    return json;
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw tooLarge(this.#maxBytes);
  }
}

function checkDepth(depth: number, place: Place): void {
  if (depth >= MAX_DEPTH) {
    refuse(`nested more than ${MAX_DEPTH} levels deep, or circular`, pathTo(place));
  }
}

function inside(outer: Place, name: string | number): Place {
  return { outer, name, depth: outer.depth + 1, path: undefined };
}

/** Returns the path of a place for a message, from the value down. */
function pathTo({ name, outer }: Place, ...last: PropertyKey[]): PropertyKey[] {
  return outer === undefined ? last : pathTo(outer, name, ...last);
}

/**
 * Returns the path of a place for superjson's notes, as JSON without the quotes. superjson escapes
 * dots and backslashes of names with a backslash.
 */
function notePath(place: Place): string {
  const { name, outer } = place;
  if (place.path !== undefined || outer === undefined) return place.path ?? "";
  const isWord = typeof name === "number" || /^\w*$/.test(name);
  const segment = isWord ? name : JSON.stringify(name.replace(/[\\.]/g, "\\$&")).slice(1, -1);
  place.path = outer.outer === undefined ? `${segment}` : `${notePath(outer)}.${segment}`;
  return place.path;
}

/** Returns what `toISOString` does, in half the time. */
function isoDate(date: Date): string {
  const year = date.getUTCFullYear();
  if (year < 1000 || year > 9999) return date.toISOString();
  const day = `${year}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  const milliseconds = `${1000 + date.getUTCMilliseconds()}`.slice(1);
  return `${day}T${time}:${twoDigits(date.getUTCSeconds())}.${milliseconds}Z`;
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

/** Returns how many properties an object has, hidden ones and symbols included. */
function ownCount(value: object): number {
  // V8 answers these two questions from the object's shape, and Reflect.ownKeys three times slower.
  return Object.getOwnPropertyNames(value).length + Object.getOwnPropertySymbols(value).length;
}

/** How many properties instances have from the start: `lastIndex`, and on Deno a mark of the class. */
const INHERENT: ReadonlyMap<unknown, number> = new Map(
  [/a/, new URL("a:")].map((it) => [Object.getPrototypeOf(it), ownCount(it)]),
);
