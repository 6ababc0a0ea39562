import type { StandardSchemaV1 } from "@standard-schema/spec";
import { hash } from "#sha256";
import { InvalidKeyError } from "../errors.ts";
import { andThen, isPromise, type MaybePromise } from "../util/maybe-promise.ts";
import { issuePath, missingFields, type Path, withoutField } from "../util/missing-fields.ts";
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
      ? Promise.resolve(result).then((it) => this.#accept(input, it))
      : this.#accept(input, result);
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

  #accept(input: unknown, result: StandardSchemaV1.Result<Key>): MaybePromise<ParsedKey<Key>> {
    if (result.issues === undefined) {
      const parsed = { key: result.value, driverKey: this.#driverKey(result.value) };
      if (typeof input !== "object") return parsed;
      return this.#refuseShortened(input, parsed, missingFields(input, result.value, true));
    }
    throw new InvalidKeyError(
      `The session key does not fit the key schema of "${this.#name}"; see error.issues.`,
      result.issues,
    );
  }

  /**
   * Throws if the schema has dropped a field of a key or an item of a list: keys that differ in it
   * only would share a session. A missing part that the schema has made something else of is not
   * dropped: without it the key is another one, or none.
   *
   * @param missing - where the parts are that the key lacks
   * @throws InvalidKeyError
   */
  #refuseShortened(
    input: unknown,
    parsed: ParsedKey<Key>,
    [path, ...others]: readonly Path[],
  ): MaybePromise<ParsedKey<Key>> {
    if (path === undefined) return parsed;
    return andThen(this.#driverKeyOf(withoutField(input, path)), (driverKey) => {
      if (driverKey !== parsed.driverKey) return this.#refuseShortened(input, parsed, others);
      throw new InvalidKeyError(
        `The key schema of "${this.#name}" drops a part of the session key, so that different keys would share a session; see error.issues.`,
        [{ message: "The key schema drops this part of the key.", path: issuePath(path) }],
      );
    });
  }

  /** Returns the driver key of an input, or `undefined` if it is no key. */
  #driverKeyOf(input: unknown): MaybePromise<string | undefined> {
    const driverKey = (result: StandardSchemaV1.Result<Key>): string | undefined =>
      result.issues === undefined ? this.#driverKey(result.value) : undefined;
    const ignored = (): undefined => undefined;
    try {
      const result = this.#schema["~standard"].validate(input);
      return isPromise(result)
        ? Promise.resolve(result).then(driverKey).catch(ignored)
        : driverKey(result);
    } catch {
      return undefined;
    }
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
