import type { StandardSchemaV1 } from "@standard-schema/spec";
import { copyValue } from "../codec/copy-value.ts";
import { ConfigurationError } from "../errors.ts";
import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";
import { encodeWithZod, isZodSchema, type ZodSchema, zodTraits } from "./zod.ts";

/** A value that may be stored, in both its forms. */
export interface Validated<Value> {
  /** As the program sees it. */
  readonly value: Value;
  /** As the record holds it. The same, unless the schema has a codec. */
  readonly stored: unknown;
}

/** The value schema in both directions. */
export class ValueValidator<Value> {
  /** The schema itself. What was stored is validated by it alone, where a throw of the schema means a refusal. */
  readonly standard: StandardSchemaV1.Props<unknown, Value>;
  readonly #traits: Traits;
  readonly #encode: (stored: unknown) => string;
  /**
   * Whether what the schema puts out is stored as it is, and at once. Then `standard.validate` does what `validate` does,
   * and quicker. An asynchronous schema shows itself by its first promise; see `validateLater`.
   */
  isDirect: boolean;
  #isAsync = false;

  /**
   * @param encode - turns what is to be stored into text, by which two forms of a value are compared
   * @throws ConfigurationError if the schema changes values in a way that cannot be undone or repeated
   */
  constructor(schema: StandardSchemaV1<unknown, Value>, encode: (stored: unknown) => string) {
    this.standard = schema["~standard"];
    this.#traits = traitsOf(schema);
    this.#encode = encode;
    this.isDirect = this.#traits.codec === undefined && !this.#traits.mayChange;
  }

  /**
   * Returns the refusal of a schema that threw. What it threw may quote the value, and what somebody stored is no reason
   * for an error of an unknown kind.
   */
  refused(error: unknown): StandardSchemaV1.FailureResult {
    const name = error instanceof Error ? error.name : typeof error;
    return {
      issues: [{ message: `the schema threw an error (${name}) instead of reporting issues` }],
    };
  }

  /** Checks what is to be written, as it is at this moment. What the schema throws is passed on to who wrote both. */
  validate(input: unknown): MaybePromise<StandardSchemaV1.Result<Validated<Value>>> {
    if (this.#isAsync) return this.#validateInput(copyValue(input));
    const result = this.#validateInput(input);
    if (!(result instanceof Promise)) return result;
    this.#isAsync = true;
    return this.#onCopy(input, result);
  }

  /**
   * Goes on where `standard.validate` has returned a promise. While an asynchronous schema waits, the owner of the input may
   * change it. So from now on the schema gets a copy of each input; this first one it checks once more, on a copy.
   */
  async validateLater(
    input: unknown,
    first: PromiseLike<StandardSchemaV1.Result<Value>>,
  ): Promise<StandardSchemaV1.Result<Validated<Value>>> {
    this.#isAsync = true;
    this.isDirect = false;
    const result = Promise.resolve(first);
    return this.#onCopy(
      input,
      result.then((it) => (it.issues ? it : { value: { value: it.value, stored: it.value } })),
    );
  }

  #onCopy(
    input: unknown,
    first: Promise<StandardSchemaV1.Result<Validated<Value>>>,
  ): MaybePromise<StandardSchemaV1.Result<Validated<Value>>> {
    // Nobody can change a primitive.
    if (typeof input !== "object" || input === null) return first;
    first.then(undefined, () => {});
    return this.#validateInput(copyValue(input));
  }

  #validateInput(input: unknown): MaybePromise<StandardSchemaV1.Result<Validated<Value>>> {
    const { codec, mayChange } = this.#traits;
    if (codec === undefined) {
      return after(this.#validate(input), (value) =>
        mayChange
          ? after(this.#validate(value), (again) => this.#same(value, again, value))
          : { value: { value, stored: value } },
      );
    }
    // Read back at once, so that the caller gets what the next reader will.
    return after(encodeWithZod(codec, input), (encoded) => {
      // A codec may hand out what an instance holds inside.
      const stored = this.#isAsync ? copyValue(encoded) : encoded;
      return after(this.#validate(stored), (value) =>
        mayChange
          ? after(encodeWithZod(codec, value), (again) => this.#same(stored, again, value))
          : { value: { value, stored } },
      );
    });
  }

  #validate(value: unknown): MaybePromise<StandardSchemaV1.Result<Value>> {
    return this.standard.validate(value);
  }

  /** A schema that goes on changing what it gave would change a stored value with every write. */
  #same(stored: unknown, again: unknown, value: Value): StandardSchemaV1.Result<Validated<Value>> {
    if (this.#encode(stored) === this.#encode(again)) return { value: { value, stored } };
    const message =
      "the schema makes something else of what it gave itself, and so would change the value with every write; let its .overwrite, z.preprocess or transform leave its own output as it is";
    return { issues: [{ message }] };
  }
}

/** What a schema does to values. */
interface Traits {
  /** Set where what is stored differs from what the program sees. */
  readonly codec: ZodSchema | undefined;
  /** Whether it holds something of which one cannot see that it leaves its own output as it is. */
  readonly mayChange: boolean;
}

/** Goes on with a result's value, at once if it is there, and hands its issues through. */
function after<From, To>(
  result: MaybePromise<StandardSchemaV1.Result<From>>,
  next: (value: From) => MaybePromise<StandardSchemaV1.Result<To>>,
): MaybePromise<StandardSchemaV1.Result<To>> {
  if (isPromise(result)) {
    return Promise.resolve(result).then((it) => (it.issues ? it : next(it.value)));
  }
  return result.issues ? result : next(result.value);
}

function traitsOf(schema: StandardSchemaV1): Traits {
  if (isZodSchema(schema)) {
    const { hasCodec, hasTransform, hasPreprocess, hasOverwrite } = zodTraits(schema);
    if (hasTransform) {
      refuse(
        "a .transform(…), which would run again on what is read. Use z.codec(…), or an .overwrite(…) that leaves its own output as it is",
      );
    }
    if (hasCodec && hasPreprocess) {
      refuse("a codec beside a z.preprocess(…), which cannot run backwards. Use codecs for both");
    }
    return { codec: hasCodec ? schema : undefined, mayChange: hasPreprocess || hasOverwrite };
  }
  switch (schema["~standard"].vendor) {
    case "valibot":
      return { codec: undefined, mayChange: hasValibotTransformation(schema, new Set()) };
    case "arktype":
      // Where a later release no longer says so, every write is checked.
      return { codec: undefined, mayChange: Reflect.get(schema, "includesTransform") !== false };
    default:
      return { codec: undefined, mayChange: true };
  }
}

function refuse(what: string): never {
  throw new ConfigurationError(`The value schema has ${what}.`);
}

/**
 * Whether a schema of valibot, which is a plain object all through, holds an action that changes values.
 *
 * @throws ConfigurationError if one of them is a transformation of the user's own
 */
function hasValibotTransformation(part: unknown, seen: Set<unknown>): boolean {
  if (typeof part !== "object" || part === null || seen.has(part)) return false;
  seen.add(part);
  const { kind, type } = part as { kind?: unknown; type?: unknown };
  if (kind === "transformation" && (type === "transform" || type === "raw_transform")) {
    refuse("a v.transform(…), which would run again on what is read. Use valibot's own actions");
  }
  // Not `some`: all of it has to be looked at.
  let found = kind === "transformation";
  for (const inner of Object.values(part)) found = hasValibotTransformation(inner, seen) || found;
  return found;
}
