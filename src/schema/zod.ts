import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";

// zod documents this for library authors (zod.dev/library-authors): every schema of zod 4 and
// zod/mini holds its parts in `_zod`. This file does not import zod, because programs with another
// schema library need not install it.

interface Payload {
  value: unknown;
  readonly issues: ZodIssue[];
}

interface ZodIssue {
  readonly message?: string;
  readonly code?: string;
  readonly path?: readonly PropertyKey[];
}

/** The parts of a zod schema that this file reads. */
export interface ZodSchema {
  readonly _zod: {
    readonly def: Readonly<Record<string, unknown>>;
    readonly run: (payload: Payload, context: object) => MaybePromise<Payload>;
  };
  /** On schemas of zod, not of zod/mini. */
  readonly safeEncodeAsync?: (
    value: unknown,
  ) => Promise<{ readonly error?: { readonly issues: readonly StandardSchemaV1.Issue[] } }>;
}

/** Returns whether a value is a schema of zod. */
export function isZodSchema(thing: unknown): thing is ZodSchema {
  return typeof thing === "object" && thing !== null && "_zod" in thing;
}

/** What a schema, or any schema inside it, does to values. */
export interface ZodTraits {
  /** Holds a `z.codec`: the stored form differs from the form that the program gets. */
  hasCodec: boolean;
  /** Holds a `.transform`, which has no way back. */
  hasTransform: boolean;
  /** Holds a `z.preprocess`, which has no way back but may run again. */
  hasPreprocess: boolean;
  /** Holds an `.overwrite`, or a check based on it such as `.trim()`. These may run again. */
  hasOverwrite: boolean;
  /**
   * Makes every object and array of its output anew. So they hide nothing: no symbol keys, no
   * properties that are not enumerable, no properties of arrays.
   */
  isFresh: boolean;
}

/** The types of schemas with a fresh output. A check has no type. */
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

/** Returns the traits of a schema and all schemas inside it. */
export function zodTraits(schema: ZodSchema): ZodTraits {
  const traits: ZodTraits = {
    hasCodec: false,
    hasTransform: false,
    hasPreprocess: false,
    hasOverwrite: false,
    isFresh: true,
  };
  visit(schema, traits, new Set(), 0);
  return traits;
}

function visit(part: unknown, traits: ZodTraits, seen: Set<unknown>, depth: number): void {
  if (typeof part !== "object" || part === null || seen.has(part)) return;
  if (depth > MAX_DEPTH || seen.size > MAX_PARTS) {
    traits.isFresh = false;
    return;
  }
  seen.add(part);
  if (!isZodSchema(part)) {
    // A shape, a list of options, a tuple's items. Other parts, such as a class or a default, hold
    // no schemas.
    const prototype = Object.getPrototypeOf(part);
    const holdsParts =
      prototype === Object.prototype || prototype === Array.prototype || prototype === null;
    if (!holdsParts) return;
    for (const inner of Object.values(part)) visit(inner, traits, seen, depth + 1);
    return;
  }
  const { def } = part._zod;
  const isCheck = def["type"] === undefined && def["check"] !== "custom";
  if (!isCheck && !FRESH_TYPES.has(def["type"])) traits.isFresh = false;
  if (def["type"] === "transform") traits.hasTransform = true;
  if (def["check"] === "overwrite") traits.hasOverwrite = true;
  if (def["type"] === "pipe") {
    traits.hasCodec ||= typeof def["reverseTransform"] === "function";
    if (isTransform(def["in"])) {
      // A transform in front of a schema is a preprocessing step. It may run again on its output,
      // because that schema has checked it. Elsewhere it may not.
      traits.hasPreprocess = true;
      seen.add(def["in"]);
    }
  }
  if (def["type"] === "lazy" && typeof def["getter"] === "function") {
    visit(def["getter"](), traits, seen, depth + 1);
  }
  for (const name of Object.keys(def)) {
    // Reading `defaultValue` runs its factory, which may have side effects.
    if (name !== "defaultValue") visit(def[name], traits, seen, depth + 1);
  }
}

function isTransform(thing: unknown): boolean {
  return isZodSchema(thing) && thing._zod.def["type"] === "transform";
}

/** Runs a schema backwards: validates a value and returns its stored form. */
export function encodeWithZod(
  schema: ZodSchema,
  value: unknown,
): MaybePromise<StandardSchemaV1.Result<unknown>> {
  const running = schema._zod.run({ value, issues: [] }, { direction: "backward", async: true });
  return isPromise(running)
    ? running.then((payload) => result(schema, value, payload))
    : result(schema, value, running);
}

function result(
  schema: ZodSchema,
  value: unknown,
  { issues, value: encoded }: Payload,
): MaybePromise<StandardSchemaV1.Result<unknown>> {
  if (issues.length === 0) return { value: encoded };
  const bare = issues.map(({ message, code, path }) => ({
    message: message ?? code ?? "cannot be encoded",
    path: path ?? [],
  }));
  // zod's own method makes the messages, if the schema has it. It runs only for values that fail.
  if (schema.safeEncodeAsync === undefined) return { issues: bare };
  return schema.safeEncodeAsync(value).then(({ error }) => ({ issues: error?.issues ?? bare }));
}
