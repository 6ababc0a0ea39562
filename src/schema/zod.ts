import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";

// What zod documents for library authors (zod.dev/library-authors): every schema of zod 4 and zod/mini holds its parts in
// `_zod`. Read here without importing zod, which a program that uses another library need not have.

interface Payload {
  value: unknown;
  readonly issues: ZodIssue[];
}

interface ZodIssue {
  readonly message?: string;
  readonly code?: string;
  readonly path?: readonly PropertyKey[];
}

/** The parts of a zod schema that are looked at. */
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

/** Tells zod's schemas from those of others. */
export function isZodSchema(thing: unknown): thing is ZodSchema {
  return typeof thing === "object" && thing !== null && "_zod" in thing;
}

/** What a schema does to values on their way, anywhere inside it. */
export interface ZodTraits {
  /** Holds a `z.codec`: what is stored differs from what the program sees. */
  hasCodec: boolean;
  /** Holds a `.transform`, which has no way back. */
  hasTransform: boolean;
  /** Holds a `z.preprocess`, which has no way back but may run again. */
  hasPreprocess: boolean;
  /** Holds an `.overwrite` or what is made of it, such as `.trim()`: these may run again. */
  hasOverwrite: boolean;
}

/** Where looking through a schema ends: a function that makes a schema of itself has no end, and means nothing new. */
const MAX_DEPTH = 200;
const MAX_PARTS = 10_000;

/** Looks through a schema and everything it is made of. */
export function zodTraits(schema: ZodSchema): ZodTraits {
  const traits: ZodTraits = {
    hasCodec: false,
    hasTransform: false,
    hasPreprocess: false,
    hasOverwrite: false,
  };
  visit(schema, traits, new Set(), 0);
  return traits;
}

function visit(part: unknown, traits: ZodTraits, seen: Set<unknown>, depth: number): void {
  if (typeof part !== "object" || part === null || seen.has(part)) return;
  if (depth > MAX_DEPTH || seen.size > MAX_PARTS) return;
  seen.add(part);
  if (!isZodSchema(part)) {
    // A shape, a list of options, a tuple's items. What else a definition may hold (a class, a default) has no schemas.
    const prototype = Object.getPrototypeOf(part);
    const holdsParts =
      prototype === Object.prototype || prototype === Array.prototype || prototype === null;
    if (!holdsParts) return;
    for (const inner of Object.values(part)) visit(inner, traits, seen, depth + 1);
    return;
  }
  const { def } = part._zod;
  if (def["type"] === "transform") traits.hasTransform = true;
  if (def["check"] === "overwrite") traits.hasOverwrite = true;
  if (def["type"] === "pipe") {
    traits.hasCodec ||= typeof def["reverseTransform"] === "function";
    if (isTransform(def["in"])) {
      // In front of a schema a transform is a preprocessing step: it may run again on what it gave, which that schema
      // has checked. Elsewhere nobody says that it may.
      traits.hasPreprocess = true;
      seen.add(def["in"]);
    }
  }
  if (def["type"] === "lazy" && typeof def["getter"] === "function") {
    visit(def["getter"](), traits, seen, depth + 1);
  }
  for (const name of Object.keys(def)) {
    // To ask for a default is to make one, and the program may count them.
    if (name !== "defaultValue") visit(def[name], traits, seen, depth + 1);
  }
}

function isTransform(thing: unknown): boolean {
  return isZodSchema(thing) && thing._zod.def["type"] === "transform";
}

/** Runs a schema backwards: checks a value as the program sees it and turns it into what is to be stored. */
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
  // The messages proper are made by zod's own method, where the schema has it; only the failing pay for asking.
  if (schema.safeEncodeAsync === undefined) return { issues: bare };
  return schema.safeEncodeAsync(value).then(({ error }) => ({ issues: error?.issues ?? bare }));
}
