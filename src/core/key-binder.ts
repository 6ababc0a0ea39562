import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidKeyError } from "./errors.ts";
import { KeyText } from "./key-text.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";

/** A validated key, and the driver key it turns into. */
export interface BoundKey<Key> {
  readonly key: Key;
  readonly driverKey: string;
}

/** Validates keys of one definition and binds each to its driver key, before any driver is called. */
export class KeyBinder<Key> {
  readonly #name: string;
  readonly #text: KeyText;
  readonly #schema: StandardSchemaV1<unknown, Key>;

  /** @param hashed - whether keys are secrets, of which a driver may keep only a hash */
  constructor(name: string, schema: StandardSchemaV1<unknown, Key>, hashed: boolean) {
    this.#name = name;
    this.#text = new KeyText(name, hashed);
    this.#schema = schema;
  }

  /** @throws InvalidKeyError, or rejects with it where the schema is asynchronous */
  bind(input: unknown): MaybePromise<BoundKey<Key>> {
    const result = this.#schema["~standard"].validate(input);
    return isPromise(result) ? result.then((it) => this.#accept(it)) : this.#accept(result);
  }

  /**
   * Binds a key that a request gave. An empty text is none: a header that clients leave empty would make them share.
   *
   * @throws InvalidKeyError, or rejects with it where the schema is asynchronous
   */
  bindOfRequest(input: unknown): MaybePromise<BoundKey<Key>> {
    if (input !== "") return this.bind(input);
    throw new InvalidKeyError(
      `The session key of "${this.#name}" is empty. Let keyFn give undefined for a request without a session.`,
      [{ message: "The key is empty." }],
    );
  }

  #accept(result: StandardSchemaV1.Result<Key>): BoundKey<Key> {
    if (result.issues === undefined) {
      return { key: result.value, driverKey: this.#text.of(result.value) };
    }
    throw new InvalidKeyError(
      `The session key does not fit the key schema of "${this.#name}"; see error.issues.`,
      result.issues,
    );
  }
}
