import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidValueError } from "./errors.ts";

/** How deep a value may be nested. Deeper is refused before it can exhaust a parser's stack; so is a circle. */
const MAX_DEPTH = 256;

const HOLES = "arrays with holes or properties cannot be stored";

/** superjson reads these back; of the other binary views it makes something else. */
const TYPED_ARRAYS: ReadonlySet<unknown> = new Set([
  Int8Array.prototype,
  Uint8Array.prototype,
  Uint8ClampedArray.prototype,
  Int16Array.prototype,
  Uint16Array.prototype,
  Int32Array.prototype,
  Uint32Array.prototype,
  Float32Array.prototype,
  Float64Array.prototype,
]);

/**
 * Walks a value that is to be stored. Gives `true` if it is plain JSON, so that `JSON.stringify` keeps all of it, and
 * `false` if it takes superjson to keep it.
 *
 * @throws InvalidValueError if neither would: the issue's path leads to what would have been lost.
 */
export function isPlainJson(value: unknown): boolean {
  if (value === undefined) refuse("undefined means that there is no session", []);
  if (typeof value === "string") return true;
  const walk = new Walk();
  walk.value(value, 0);
  if (!walk.plain && walk.reserved !== undefined) {
    refuse(
      `a key "constructor" or "prototype" cannot be kept beside values that JSON lacks`,
      walk.reserved,
    );
  }
  return walk.plain;
}

/** Whether parsed JSON is nested deeper than anything that was let in. */
export function isTooDeep(text: string, json: unknown): boolean {
  // As a rule there are not even that many brackets.
  let brackets = 0;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++brackets > MAX_DEPTH) return depthOf(json, 0) > MAX_DEPTH;
    }
  }
  return false;
}

/** How deep JSON is nested, or one more than is allowed. */
function depthOf(json: unknown, depth: number): number {
  if (typeof json !== "object" || json === null || depth > MAX_DEPTH) return depth;
  let deepest = depth + 1;
  for (const item of Object.values(json)) deepest = Math.max(deepest, depthOf(item, depth + 1));
  return deepest;
}

class Walk {
  plain = true;
  /** Where a key stands that superjson refuses; plain JSON may have it. */
  reserved: readonly PropertyKey[] | undefined;
  /** The way to what is being looked at. Grows and shrinks; copied only to report. */
  readonly #path: PropertyKey[] = [];

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
      case "boolean":
        return;
      case "number":
        // JSON has neither NaN nor the infinities, and turns -0 into 0.
        if (!Number.isFinite(value) || Object.is(value, -0)) this.plain = false;
        return;
      case "undefined":
      case "bigint":
        this.plain = false;
        return;
      case "object":
        if (value !== null) this.#object(value, depth);
        return;
      case "function":
        this.#refuse("functions cannot be stored");
        break;
      default:
        this.#refuse("symbols cannot be stored");
    }
  }

  #object(value: object, depth: number): void {
    if (depth >= MAX_DEPTH) this.#refuse(`nested more than ${MAX_DEPTH} levels deep, or circular`);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      this.#fields(value as Record<string, unknown>, depth);
    } else if (prototype === Array.prototype) {
      this.#items(value as unknown[], depth);
    } else {
      this.plain = false;
      this.#instance(value, prototype, depth);
    }
  }

  /** An instance of one of the built-in classes that superjson reads back. */
  #instance(value: object, prototype: unknown, depth: number): void {
    if (TYPED_ARRAYS.has(prototype)) {
      this.#numbers(value as Float64Array);
      return;
    }
    if (Reflect.ownKeys(value).some((key) => key !== "lastIndex")) {
      this.#refuse("own properties of a class instance cannot be stored");
    }
    if (prototype === Map.prototype) {
      this.#map(value as Map<unknown, unknown>, depth);
    } else if (prototype === Set.prototype) {
      this.#set(value as Set<unknown>, depth);
    } else if (prototype === Date.prototype) {
      if (Number.isNaN((value as Date).getTime())) this.#refuse("an invalid date cannot be stored");
    } else if (prototype === RegExp.prototype) {
      if ((value as RegExp).lastIndex !== 0) {
        this.#refuse("a regular expression in use cannot be stored");
      }
    } else if (prototype !== URL.prototype) {
      this.#refuse(`${describe(value)} cannot be stored`);
    }
  }

  #fields(value: Record<string, unknown>, depth: number): void {
    const keys = Object.keys(value);
    // Asked in two questions because V8 answers each from the object's shape, and Reflect.ownKeys three times slower.
    if (
      Object.getOwnPropertyNames(value).length !== keys.length ||
      Object.getOwnPropertySymbols(value).length > 0
    ) {
      this.#refuse("symbol keys and hidden properties cannot be stored");
    }
    for (const key of keys) {
      this.#path.push(key);
      if (key === "__proto__") this.#refuse(`a key "__proto__" cannot be stored`);
      if (key === "constructor" || key === "prototype") this.reserved ??= [...this.#path];
      this.value(value[key], depth + 1);
      this.#path.pop();
    }
  }

  #items(value: readonly unknown[], depth: number): void {
    // An array's keys are its indexes: fewer means holes, more means properties.
    if (Object.keys(value).length !== value.length) this.#refuse(HOLES);
    for (let index = 0; index < value.length; index++) {
      // As many properties as holes.
      if (!(index in value)) this.#refuse(HOLES);
      this.#path.push(index);
      this.value(value[index], depth + 1);
      this.#path.pop();
    }
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): void {
    let index = 0;
    for (const [key, item] of value) {
      this.#path.push(typeof key === "string" ? key : index);
      this.value(key, depth + 1);
      this.value(item, depth + 1);
      this.#path.pop();
      index++;
    }
  }

  #set(value: ReadonlySet<unknown>, depth: number): void {
    let index = 0;
    for (const item of value) {
      this.#path.push(index++);
      this.value(item, depth + 1);
      this.#path.pop();
    }
  }

  #numbers(value: ArrayLike<number>): void {
    if (Object.keys(value).length !== value.length) {
      this.#refuse("own properties of a typed array cannot be stored");
    }
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (!Number.isFinite(item) || Object.is(item, -0)) {
        this.#path.push(index);
        this.#refuse("a typed array with NaN, Infinity or -0 cannot be stored; use an array");
      }
    }
  }

  #refuse(why: string): never {
    refuse(why, [...this.#path]);
  }
}

function describe(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "Promise") return "a promise (await the value first)";
  if (value instanceof ArrayBuffer) return "an ArrayBuffer (use a typed array)";
  if (value instanceof Uint8Array) return "a Buffer (use a Uint8Array)";
  if (value instanceof Error) return "an Error (keep its message)";
  if (Object.getPrototypeOf(value) === null)
    return "an object without a prototype (spread it into {})";
  return "a class instance";
}

function refuse(why: string, path: readonly PropertyKey[]): never {
  const issues: StandardSchemaV1.Issue[] = [{ message: why, path }];
  throw new InvalidValueError(
    `The session value holds something that would not come back as it is: ${why}. See error.issues for the path.`,
    issues,
  );
}
