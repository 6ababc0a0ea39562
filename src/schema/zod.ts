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
