import type { StandardSchemaV1 } from "@standard-schema/spec";
import { ConfigurationError } from "../errors.ts";
import { isZodSchema } from "./zod.ts";

/** What a schema, or any schema inside it, does to values. */
export interface SchemaTraits {
  /** Holds a `z.codec`: the stored form differs from the form that the program gets. */
  hasCodec: boolean;
  /**
   * Holds a `z.preprocess`, which has no way back. It may run again on its output, because another
   * schema has checked it.
   */
  hasPreprocess: boolean;
  /** May change its own output, as `.overwrite`, `.trim()` and `z.preprocess` do. */
  mayChange: boolean;
  /**
   * Makes every object and array of its output anew. So they hide nothing: no symbol keys, no
   * properties that are not enumerable, no properties of arrays.
   */
  isFresh: boolean;
}

/** The types of zod's schemas with a fresh output. */
const FRESH_TYPES: ReadonlySet<unknown> = new Set(
  "string number boolean bigint date null undefined literal enum template_literal object array tuple map set union optional nullable readonly lazy never".split(
    " ",
  ),
);

/**
 * Limits of the search through a schema. A function that returns schemas with itself inside has no
 * end.
 */
const MAX_DEPTH = 200;
const MAX_PARTS = 10_000;

/**
 * Returns the traits of a schema and all schemas inside it.
 *
 * @throws ConfigurationError if the schema changes values in a way that cannot be undone or
 * repeated
 */
export function traitsOf(schema: StandardSchemaV1): SchemaTraits {
  const { vendor } = schema["~standard"];
  const isZod = isZodSchema(schema);
  // What other libraries do is unknown. If a later release of arktype drops its property, every
  // write is checked.
  const mayChange =
    vendor === "arktype"
      ? Reflect.get(schema, "includesTransform") !== false
      : vendor !== "valibot" && !isZod;
  const traits = { hasCodec: false, hasPreprocess: false, mayChange, isFresh: isZod };
  if (isZod || vendor === "valibot") visit(schema, traits, new Set(), 0);
  if (traits.hasCodec && traits.hasPreprocess) {
    refuse("a codec beside a z.preprocess(…), which cannot run backwards. Use codecs for both");
  }
  return traits;
}

function visit(part: unknown, traits: SchemaTraits, seen: Set<unknown>, depth: number): void {
  if (typeof part !== "object" || part === null || seen.has(part)) return;
  if (depth > MAX_DEPTH || seen.size > MAX_PARTS) {
    traits.isFresh = false;
    return;
  }
  seen.add(part);
  const isZod = isZodSchema(part);
  if (isZod) visitZod(part._zod.def, traits, seen, depth);
  else {
    // A schema of valibot, a shape, a list of options, a tuple's items. Other parts, such as a
    // class or a default, hold no schemas.
    const prototype = Object.getPrototypeOf(part);
    if (![Object.prototype, Array.prototype, null].includes(prototype)) return;
    const { kind, type } = part as { readonly kind?: unknown; readonly type?: unknown };
    if (kind === "transformation") traits.mayChange = true;
    if (kind === "transformation" && (type === "transform" || type === "raw_transform")) {
      refuse("a v.transform(…), which would run again on what is read. Use valibot's own actions");
    }
  }
  const parts: object = isZod ? part._zod.def : part;
  for (const name of Object.keys(parts)) {
    // Reading zod's `defaultValue` runs its factory, which may have side effects.
    if (!isZod || name !== "defaultValue") {
      visit(parts[name as keyof typeof parts], traits, seen, depth + 1);
    }
  }
}

function visitZod(
  def: Readonly<Record<string, unknown>>,
  traits: SchemaTraits,
  seen: Set<unknown>,
  depth: number,
): void {
  const { check, getter, type } = def;
  // A check has no type.
  const isFresh = type === undefined ? check !== "custom" : FRESH_TYPES.has(type);
  if (!isFresh) traits.isFresh = false;
  if (check === "overwrite") traits.mayChange = true;
  if (type === "transform") {
    refuse(
      "a .transform(…), which would run again on what is read. Use z.codec(…), or an .overwrite(…) that leaves its own output as it is",
    );
  }
  if (type === "pipe") {
    traits.hasCodec ||= typeof def["reverseTransform"] === "function";
    const first = def["in"];
    if (isZodSchema(first) && first._zod.def["type"] === "transform") {
      // A transform in front of a schema is a preprocessing step. Elsewhere it cannot be repeated.
      traits.hasPreprocess = traits.mayChange = true;
      seen.add(first);
    }
  }
  if (type === "lazy" && typeof getter === "function") visit(getter(), traits, seen, depth + 1);
}

function refuse(what: string): never {
  throw new ConfigurationError(`The value schema has ${what}.`);
}
