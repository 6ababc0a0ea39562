import type { StandardSchemaV1 } from "@standard-schema/spec";
import { copyValue } from "../codec/copy-value.ts";
import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";
import { traitsOf } from "./schema-traits.ts";
import { encodeWithZod, type ZodSchema } from "./zod.ts";

/** A valid value, in both its forms. */
export interface Validated<Value> {
  /** The form that the program gets. */
  readonly value: Value;
  /** The form that the record holds. It is the same unless the schema has a codec. */
  readonly stored: unknown;
}

/** The value schema in both directions. */
export class ValueValidator<Value> {
  /**
   * The schema itself. Stored values are validated by it alone. If it throws on them, they are
   * refused.
   */
  readonly standard: StandardSchemaV1.Props<unknown, Value>;
  /** The schema itself if it holds a codec. Then the stored form differs. */
  readonly #codec: ZodSchema | undefined;
  /** Whether the schema may change its own output. */
  readonly #mayChange: boolean;
  readonly #encode: (stored: unknown) => string;
  /**
   * Whether the schema's output is stored unchanged, and at once. Then `standard.validate` does the
   * same as `validate`, faster. An asynchronous schema is known by its first promise; see
   * `validateLater`.
   */
  isDirect: boolean;
  /** Whether the schema makes all objects and arrays of its output anew; see `SchemaTraits`. */
  readonly isFresh: boolean;
  #isAsync = false;

  /**
   * @param encode - returns the text of a value, by which two forms of a value are compared
   * @throws ConfigurationError if the schema changes values in a way that cannot be undone or
   * repeated
   */
  constructor(schema: StandardSchemaV1<unknown, Value>, encode: (stored: unknown) => string) {
    this.standard = schema["~standard"];
    const { hasCodec, isFresh, mayChange } = traitsOf(schema);
    this.#codec = hasCodec ? (schema as unknown as ZodSchema) : undefined;
    this.#mayChange = mayChange;
    this.#encode = encode;
    this.isDirect = !hasCodec && !mayChange;
    this.isFresh = this.isDirect && isFresh;
  }

  /**
   * Returns the refusal of a schema that threw. The error itself is not kept, because it may quote
   * the value.
   */
  refused(error: unknown): StandardSchemaV1.FailureResult {
    const name = error instanceof Error ? error.name : typeof error;
    return {
      issues: [{ message: `the schema threw an error (${name}) instead of reporting issues` }],
    };
  }

  /**
   * Validates a value to be written, as it is at this moment. If the schema throws, the error is
   * passed on to the caller.
   */
  validate(input: unknown): MaybePromise<StandardSchemaV1.Result<Validated<Value>>> {
    if (this.#isAsync) return this.#validateInput(copyValue(input));
    const result = this.#validateInput(input);
    if (!(result instanceof Promise)) return result;
    this.#isAsync = true;
    return this.#onCopy(input, result);
  }

  /** Whether the stored form is another than the value. */
  get hasCodec(): boolean {
    return this.#codec !== undefined;
  }

  /** Returns the form of a valid value that the record holds. */
  storedForm(value: Value): MaybePromise<StandardSchemaV1.Result<unknown>> {
    return this.#codec === undefined ? { value } : encodeWithZod(this.#codec, value);
  }

  /**
   * Continues after `standard.validate` has returned a promise. While an asynchronous schema waits,
   * the owner of the input may change it. So from now on the schema gets a copy of each input. It
   * checks this first input again, on a copy.
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
    // Primitives cannot change.
    if (typeof input !== "object" || input === null) return first;
    first.then(undefined, () => {});
    return this.#validateInput(copyValue(input));
  }

  #validateInput(input: unknown): MaybePromise<StandardSchemaV1.Result<Validated<Value>>> {
    const codec = this.#codec;
    const mayChange = this.#mayChange;
    if (codec === undefined) {
      return after(this.#validate(input), (value) =>
        mayChange
          ? after(this.#validate(value), (again) => this.#same(value, again, value))
          : { value: { value, stored: value } },
      );
    }
    // Read back at once, so that the caller gets the same value as the next reader.
    return after(encodeWithZod(codec, input), (encoded) => {
      // A codec may return an object that an instance still holds.
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

  /**
   * Refuses a schema that changes its own output, because it would change a stored value with every
   * write.
   */
  #same(stored: unknown, again: unknown, value: Value): StandardSchemaV1.Result<Validated<Value>> {
    if (this.#encode(stored) === this.#encode(again)) return { value: { value, stored } };
    const message =
      "the schema makes something else of what it gave itself, and so would change the value with every write; let its .overwrite, z.preprocess or transform leave its own output as it is";
    return { issues: [{ message }] };
  }
}

/** Continues with a result's value, at once if it is no promise. Passes issues on. */
function after<From, To>(
  result: MaybePromise<StandardSchemaV1.Result<From>>,
  next: (value: From) => MaybePromise<StandardSchemaV1.Result<To>>,
): MaybePromise<StandardSchemaV1.Result<To>> {
  if (isPromise(result)) {
    return Promise.resolve(result).then((it) => (it.issues ? it : next(it.value)));
  }
  return result.issues ? result : next(result.value);
}
