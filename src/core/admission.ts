import type { Codec } from "./codec.ts";
import type { Admitted } from "./value-schema.ts";

/** A validated value on its way in, encoded at once: what its owner does to it afterwards is not stored. */
export class Admission<Value> {
  /** What the schema put out. */
  readonly value: Value;
  readonly #body: string;
  readonly #codec: Codec;

  /**
   * @throws InvalidValueError if part of the value would not come back as it is
   */
  constructor({ value, stored }: Admitted<Value>, codec: Codec) {
    this.value = value;
    this.#body = codec.encode(stored);
    this.#codec = codec;
  }

  /**
   * The text of its record.
   *
   * @param at - when the session was created, in milliseconds since 1970
   * @throws TooLargeError if the text is longer than `maxBytes`
   */
  text(at: number): string {
    return this.#codec.date(this.#body, at);
  }
}
