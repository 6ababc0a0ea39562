import type { StandardSchemaV1 } from "@standard-schema/spec";
import { ConfigurationError } from "./errors.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import { encodeWithZod, isZodSchema, type ZodSchema, zodTraits } from "./zod.ts";

/** A value that may be stored, in both its forms. */
export interface Admitted<Value> {
  /** As the program sees it. */
  readonly value: Value;
  /** As the record holds it. The same, unless the schema has a codec. */
  readonly stored: unknown;
}

/** The value schema in both directions. */
export class ValueSchema<Value> {
  readonly #schema: StandardSchemaV1<unknown, Value>;
  /** Set where what is stored differs from what the program sees. */
  readonly #codec: ZodSchema | undefined;

  /** @throws ConfigurationError if the schema changes values in a way that cannot be undone or repeated */
  constructor(schema: StandardSchemaV1<unknown, Value>) {
    this.#schema = schema;
    this.#codec = codecOf(schema);
  }

  /** Checks what was read. */
  read(stored: unknown): MaybePromise<StandardSchemaV1.Result<Value>> {
    return this.#schema["~standard"].validate(stored);
  }

  /** Checks what is to be written. */
  admit(input: unknown): MaybePromise<StandardSchemaV1.Result<Admitted<Value>>> {
    if (this.#codec === undefined) return after(this.read(input), same);
    // Read back at once, so that the caller gets what the next reader will.
    return after(encodeWithZod(this.#codec, input), (stored) =>
      after(this.read(stored), (value) => ({ value: { value, stored } })),
    );
  }
}

function same<Value>(value: Value): StandardSchemaV1.Result<Admitted<Value>> {
  return { value: { value, stored: value } };
}

/** Goes on with a result's value, at once if it is there, and hands its issues through. */
function after<From, To>(
  result: MaybePromise<StandardSchemaV1.Result<From>>,
  next: (value: From) => MaybePromise<StandardSchemaV1.Result<To>>,
): MaybePromise<StandardSchemaV1.Result<To>> {
  if (isPromise(result)) return result.then((it) => (it.issues ? it : next(it.value)));
  return result.issues ? result : next(result.value);
}

function codecOf(schema: StandardSchemaV1): ZodSchema | undefined {
  if (isZodSchema(schema)) {
    const { hasCodec, hasTransform, hasPreprocess } = zodTraits(schema);
    if (hasTransform) {
      refuse(
        "a .transform(…), which would run again on what is read. Use z.codec(…) or .overwrite(…)",
      );
    }
    if (hasCodec && hasPreprocess) {
      refuse("a codec beside a z.preprocess(…), which cannot run backwards. Use codecs for both");
    }
    return hasCodec ? schema : undefined;
  }
  if (schema["~standard"].vendor === "valibot" && hasValibotTransform(schema, new Set())) {
    refuse("a v.transform(…), which would run again on what is read. Use valibot's own actions");
  }
  return undefined;
}

function refuse(what: string): never {
  throw new ConfigurationError(`The value schema has ${what}.`);
}

/** valibot's schemas are plain objects all through; a function of the user's in one is of the type "transform". */
function hasValibotTransform(part: unknown, seen: Set<unknown>): boolean {
  if (typeof part !== "object" || part === null || seen.has(part)) return false;
  seen.add(part);
  const { kind, type } = part as { kind?: unknown; type?: unknown };
  if (kind === "transformation" && (type === "transform" || type === "raw_transform")) return true;
  return Object.values(part).some((inner) => hasValibotTransform(inner, seen));
}
