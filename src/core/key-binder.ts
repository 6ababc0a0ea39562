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

  constructor(name: string, schema: StandardSchemaV1<unknown, Key>) {
    this.#name = name;
    this.#text = new KeyText(name);
    this.#schema = schema;
  }

  /** @throws InvalidKeyError, or rejects with it where the schema is asynchronous */
  bind(input: unknown): MaybePromise<BoundKey<Key>> {
    const result = this.#schema["~standard"].validate(input);
    return isPromise(result) ? result.then((it) => this.#accept(it)) : this.#accept(result);
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
