import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Codec, type Decoded, NewerRecordError } from "./codec.ts";
import type { DriverRecord } from "./driver.ts";
import { InvalidRecordError } from "./errors.ts";
import type { Events } from "./events.ts";
import { isForwardingMark } from "./forwarding-mark.ts";
import type { Lifetime } from "./lifetime.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { ValueSchema } from "./value-schema.ts";
import { withoutLine } from "./waiting-line.ts";

/**
 * Why there is no value: nothing is stored, the session is past its lifetime (`ended`), it lives under another key or was
 * just removed (`moved`), or the record cannot be read and counts as absent (`invalid`).
 */
export type Missing = "absent" | "ended" | "moved" | "invalid";

/** What has become of a record. */
export interface Opened<Value> {
  /** Why there is no value; `undefined` if there is one. */
  readonly missing: Missing | undefined;
  readonly value: Value | undefined;
  /** When the session was created, in milliseconds since 1970, if that can be told. */
  readonly at: number | undefined;
}

const ABSENT: Opened<never> = { missing: "absent", value: undefined, at: undefined };
const ENDED: Opened<never> = { missing: "ended", value: undefined, at: undefined };
const MOVED: Opened<never> = { missing: "moved", value: undefined, at: undefined };
const INVALID: Opened<never> = { missing: "invalid", value: undefined, at: undefined };

/** The parts of a definition that reading takes. */
export interface ReaderOptions<Value> {
  readonly schema: ValueSchema<Value>;
  readonly codec: Codec;
  readonly lifetime: Lifetime;
  readonly events: Events;
  /** Whether a record that cannot be read counts as absent. */
  readonly discardInvalid: boolean;
}

/** Turns a stored record into a value: checks its lifetime, decodes it, validates it. */
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
  ): MaybePromise<Opened<Value>> {
    const decoded = this.decode(key, record, lenient);
    const { missing, value, at } = decoded;
    if (missing !== undefined) return decoded as Opened<Value>;
    const result = this.#options.schema.read(value);
    return isPromise(result)
      ? result.then((it) => this.#accept(key, it, at, lenient))
      : this.#accept(key, result, at, lenient);
  }

  /** Decodes a record without asking the schema. */
  decode(key: string, record: DriverRecord | undefined, lenient: boolean): Opened<unknown> {
    if (record === undefined) return ABSENT;
    const { codec, lifetime } = this.#options;
    if (isForwardingMark(record.text)) return MOVED;
    const now = lifetime.now();
    if (lifetime.isOver(record, undefined, now)) return this.#expired(key);
    let decoded: Decoded;
    try {
      decoded = codec.decode(withoutLine(record.text));
    } catch (error) {
      // What a later release wrote is for that release to judge.
      if (this.#isDiscarded(key, lenient, error instanceof NewerRecordError)) return INVALID;
      throw error;
    }
    const { value, at } = decoded;
    if (lifetime.isOver(record, at, now)) return this.#expired(key);
    return { missing: undefined, value, at };
  }

  #accept(
    key: string,
    result: StandardSchemaV1.Result<Value>,
    at: number | undefined,
    lenient: boolean,
  ): Opened<Value> {
    if (result.issues === undefined) return { missing: undefined, value: result.value, at };
    if (this.#isDiscarded(key, lenient, false)) return { ...INVALID, at };
    throw new InvalidRecordError(
      'The stored session value no longer fits its schema; see error.issues. Remove the session, insert a new value, or define it with onInvalid: "discard".',
      result.issues,
    );
  }

  /** Whether a record that cannot be read counts as absent, and tells of it. */
  #isDiscarded(key: string, lenient: boolean, isNewer: boolean): boolean {
    const { discardInvalid, events } = this.#options;
    const discarded = lenient || (discardInvalid && !isNewer);
    events.tell({ type: "invalid", discarded }, key);
    return discarded;
  }

  #expired(key: string): Opened<never> {
    this.#options.events.tell({ type: "expired" }, key);
    return ENDED;
  }
}
