import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Codec, type Decoded, isMoved, NewerRecordError } from "./codec.ts";
import type { DriverRecord } from "./driver.ts";
import { InvalidRecordError } from "./errors.ts";
import type { Events } from "./events.ts";
import type { Lifetime } from "./lifetime.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { ValueSchema } from "./value-schema.ts";

/** Why there is no value: nothing is stored, what is stored has ended, or it cannot be read and counts as absent. */
export type Missing = "absent" | "ended" | "invalid";

/** A live record's value, and when the session was created. */
export interface Live<Value> {
  readonly value: Value;
  readonly at: number;
}

/** The parts of a definition that reading takes. */
export interface ReaderOptions<Value> {
  readonly schema: ValueSchema<Value>;
  readonly codec: Codec;
  readonly lifetime: Lifetime;
  readonly events: Events;
  /** Whether a record that cannot be read counts as absent. */
  readonly discardInvalid: boolean;
}

/** Makes of what a driver keeps what a verb may use: judged by the lifetime, decoded, validated. */
export class RecordReader<Value> {
  readonly #options: ReaderOptions<Value>;

  constructor(options: ReaderOptions<Value>) {
    this.#options = options;
  }

  /**
   * Decodes and validates a record.
   *
   * @param lenient - whether a record that cannot be read counts as absent, whatever the definition says
   * @throws InvalidRecordError
   */
  open(
    key: string,
    record: DriverRecord | undefined,
    lenient: boolean,
  ): MaybePromise<Live<Value> | Missing> {
    const decoded = this.decode(key, record, lenient);
    if (typeof decoded === "string") return decoded;
    const result = this.#options.schema.read(decoded.value);
    return isPromise(result)
      ? result.then((it) => this.#accept(key, it, decoded.at, lenient))
      : this.#accept(key, result, decoded.at, lenient);
  }

  /** Decodes a record without asking the schema. */
  decode(key: string, record: DriverRecord | undefined, lenient: boolean): Decoded | Missing {
    if (record === undefined) return "absent";
    const { codec, lifetime, events } = this.#options;
    if (isMoved(record.text)) return "ended";
    if (lifetime.hasEnded(record)) return this.#expired(key);
    let decoded: Decoded;
    try {
      decoded = codec.decode(record.text);
    } catch (error) {
      const discarded =
        this.#discards(lenient) && (lenient || !(error instanceof NewerRecordError));
      events.tell({ type: "invalid", discarded }, key);
      if (discarded) return "invalid";
      throw error;
    }
    return lifetime.isTooOld(decoded.at) ? this.#expired(key) : decoded;
  }

  #accept(
    key: string,
    result: StandardSchemaV1.Result<Value>,
    at: number,
    lenient: boolean,
  ): Live<Value> | Missing {
    if (result.issues === undefined) return { value: result.value, at };
    const discarded = this.#discards(lenient);
    this.#options.events.tell({ type: "invalid", discarded }, key);
    if (discarded) return "invalid";
    throw new InvalidRecordError(
      'The stored session value no longer fits its schema; see error.issues. Remove the session, insert a new value, or define it with onInvalid: "discard".',
      result.issues,
    );
  }

  #discards(lenient: boolean): boolean {
    return lenient || this.#options.discardInvalid;
  }

  #expired(key: string): Missing {
    this.#options.events.tell({ type: "expired" }, key);
    return "ended";
  }
}
