import type { StandardSchemaV1 } from "@standard-schema/spec";
import { hash } from "#sha256";
import { InvalidKeyError } from "../errors.ts";
import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";
import { encodeKey, encodeText, MAX_KEY_LENGTH, tooLong } from "./encode-key.ts";

/** A validated key, and the driver key that it turns into. */
export interface ParsedKey<Key> {
  readonly key: Key;
  readonly driverKey: string;
}

/**
 * Validates the keys of one definition and turns each into its driver key, before any driver is
 * called.
 */
export class KeyCodec<Key> {
  /** The start of every driver key. */
  readonly prefix: string;
  readonly #name: string;
  readonly #schema: StandardSchemaV1<unknown, Key>;
  readonly #isSecret: boolean;

  /**
   * @param name - the definition's name
   * @param isSecret - whether keys are secrets: a driver may then keep only their hash
   * @throws InvalidKeyError if the name is not well-formed Unicode
   */
  constructor(name: string, schema: StandardSchemaV1<unknown, Key>, isSecret: boolean) {
    this.prefix = `${encodeText(name)}:`;
    this.#name = name;
    this.#schema = schema;
    this.#isSecret = isSecret;
  }

  /**
   * Returns the validated key; a promise of it if the schema is asynchronous.
   *
   * @throws InvalidKeyError if the key does not fit
   */
  parse(input: unknown): MaybePromise<ParsedKey<Key>> {
    const result = this.#schema["~standard"].validate(input);
    return isPromise(result)
      ? Promise.resolve(result).then((it) => this.#accept(it))
      : this.#accept(result);
  }

  /**
   * Parses the key of a request. An empty text is refused: clients that leave a header empty would
   * share a session.
   *
   * Returns the validated key; a promise of it if the schema is asynchronous.
   *
   * @throws InvalidKeyError if the key does not fit
   */
  parseOfRequest(input: unknown): MaybePromise<ParsedKey<Key>> {
    if (input !== "") return this.parse(input);
    throw new InvalidKeyError(
      `The session key of "${this.#name}" is empty. Let keyFn give undefined for a request without a session.`,
      [{ message: "The key is empty." }],
    );
  }

  #accept(result: StandardSchemaV1.Result<Key>): ParsedKey<Key> {
    if (result.issues === undefined) {
      return { key: result.value, driverKey: this.#driverKey(result.value) };
    }
    throw new InvalidKeyError(
      `The session key does not fit the key schema of "${this.#name}"; see error.issues.`,
      result.issues,
    );
  }

  #driverKey(key: unknown): string {
    if (this.#isSecret) {
      // No other kind of key begins with a quote.
      return (
        this.prefix +
        hash("sha256", typeof key === "string" ? `"${key}` : encodeKey(key), "base64url")
      );
    }
    const text = this.prefix + encodeKey(key);
    if (text.length > MAX_KEY_LENGTH) tooLong();
    return text;
  }
}
