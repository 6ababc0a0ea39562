import { TYPED_ARRAYS } from "./typed-arrays.ts";

/**
 * Turns the parts of parsed JSON, in place, into the types in superjson's notes (`meta.values`):
 * dates, maps and so on.
 *
 * superjson's own `deserialize` trusts every note. Forged notes make it build errors and symbols,
 * circles, invalid dates, and arrays of billions of holes. Here each note must fit its part, and
 * the part must exist.
 *
 * @throws RangeError, SyntaxError or TypeError if a note does not fit
 */
export function revive(json: unknown, notes: unknown): unknown {
  const root = { value: json };
  apply(root, "value", notes);
  return root.value;
}

type Container = Record<string, unknown>;

/**
 * Applies the notes on one part. The notes on its own parts come first, while the containers are
 * still JSON.
 */
function apply(container: Container, key: string, notes: unknown): void {
  const isNoted = Array.isArray(notes);
  const below: unknown = isNoted ? notes[1] : notes;
  if (below !== undefined) {
    if (typeof below !== "object" || below === null) unfit();
    for (const path of Object.keys(below)) {
      const segments = parsePath(path);
      const name = segments.pop() as string;
      let place = container[key];
      for (const segment of segments) place = ownOf(place, segment)[segment];
      apply(ownOf(place, name), name, (below as Container)[path]);
    }
  }
  if (isNoted) container[key] = construct(notes[0], container[key]);
}

function construct(type: unknown, json: unknown): unknown {
  if (Array.isArray(type)) {
    const [kind, name] = type;
    const Numbers =
      kind === "typed-array" && Object.hasOwn(TYPED_ARRAYS, name) ? TYPED_ARRAYS[name] : undefined;
    return new (Numbers ?? unfit())(listOf(json, (it) => typeof it === "number"));
  }
  switch (type) {
    case "undefined":
      return json === null ? undefined : unfit();
    case "bigint":
      return BigInt(textOf(json, /^-?\d+$/));
    case "number":
      return Number(textOf(json, /^(NaN|-?Infinity|-0)$/));
    case "Date": {
      const date = new Date(textOf(json, /^[+-]?\d+-\d\d-\d\dT[\d:.]+Z$/));
      return Number.isNaN(date.getTime()) ? unfit() : date;
    }
    case "regexp": {
      const text = textOf(json, /^\/.+\/[a-z]*$/s);
      const end = text.lastIndexOf("/");
      return new RegExp(text.slice(1, end), text.slice(end + 1));
    }
    case "URL":
      return new URL(textOf(json, /./s));
    case "set":
      return new Set(listOf(json, () => true));
    case "map":
      return new Map(
        listOf(json, (it): it is [unknown, unknown] => Array.isArray(it) && it.length === 2),
      );
    default:
      return unfit();
  }
}

/** Splits a path at its dots. Dots and backslashes of names are escaped with a backslash. */
function parsePath(path: string): string[] {
  if (!path.includes("\\")) return path.split(".");
  // With a dot before each name, no match is empty, behind which `matchAll` would skip a character.
  const names = `.${path}`.matchAll(/\.((?:\\.|[^\\.])*)/gs);
  return Array.from(names, ([, name = ""]) => name.replace(/\\(.)/gs, "$1"));
}

/**
 * Returns the place if it is an object or array that has this part. Revived parts have none that a
 * note fits.
 */
function ownOf(place: unknown, segment: string): Container {
  const isPart =
    typeof place === "object" &&
    place !== null &&
    Object.hasOwn(place, segment) &&
    segment !== (Array.isArray(place) ? "length" : "__proto__");
  return isPart ? (place as Container) : unfit();
}

function listOf<Item>(json: unknown, fits: (item: unknown) => item is Item): Item[];
function listOf(json: unknown, fits: (item: unknown) => boolean): never[];
function listOf(json: unknown, fits: (item: unknown) => boolean): unknown[] {
  return Array.isArray(json) && json.every(fits) ? json : unfit();
}

function textOf(json: unknown, form: RegExp): string {
  return typeof json === "string" && form.test(json) ? json : unfit();
}

function unfit(): never {
  throw new TypeError("a note does not fit");
}
