import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Codec, type Decoded, NewerRecordError } from "./codec.ts";
import type { DriverRecord, WriteResult } from "./driver.ts";
import { ConflictError, InvalidRecordError, InvalidValueError } from "./errors.ts";
import type { GuardedDriver } from "./guarded-driver.ts";
import type { KeyQueue } from "./key-queue.ts";
import type { Lifetime } from "./lifetime.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { Admitted, ValueSchema } from "./value-schema.ts";

/** How often one change is tried before it gives up with a `ConflictError`. */
const MAX_ATTEMPTS = 64;
/** The longest wait between two tries, in milliseconds. */
const MAX_BACKOFF = 64;

/** What a step gives back to leave the record as it is. */
export const KEEP: unique symbol = Symbol("keep");

/** Works out what to store from what is stored. May run more than once, each time on a fresh copy. */
export type Step<Value> = (current: Value | undefined) => MaybePromise<unknown>;

/** How a change differs from the usual. */
export interface ChangeOptions {
  /** Which value to give: the one now stored, or the one before. Default `"stored"`. */
  readonly gives?: "stored" | "previous";
  /** Whether a record that cannot be read counts as absent, whatever the definition says. */
  readonly lenient?: boolean;
}

/** The parts of one definition that records are made of. */
export interface RecordsOptions<Value> {
  readonly schema: ValueSchema<Value>;
  readonly codec: Codec;
  readonly driver: GuardedDriver;
  readonly lifetime: Lifetime;
  readonly queue: KeyQueue;
  /** Whether a record that cannot be read counts as absent. */
  readonly discardInvalid: boolean;
}

/** A live record's value, and when the session was created. */
interface Live<Value> {
  readonly value: Value;
  readonly at: number;
}

/**
 * Validated values under driver keys: the room where schema, codec, lifetime and driver meet. A value is validated on
 * its way in and again on its way out. Where driver, schema and caller answer at once, nothing here waits.
 */
export class Records<Value> {
  readonly #options: RecordsOptions<Value>;

  constructor(options: RecordsOptions<Value>) {
    this.#options = options;
  }

  /** Whether changes are safe against other processes. */
  get atomic(): boolean {
    return this.#options.driver.atomic;
  }

  /** Reads the value, or `undefined`. A read is use: from time to time it moves the idle end. */
  async find(key: string): Promise<Value | undefined> {
    const { driver, lifetime } = this.#options;
    const reading = driver.read(key);
    const record = isPromise(reading) ? await reading : reading;
    if (record === undefined) return undefined;
    const opening = this.#open(record, false);
    const live = isPromise(opening) ? await opening : opening;
    if (live === undefined) return undefined;
    if (lifetime.isTouchDue(record, live.at)) await this.#extend(key, record, live.at);
    return live.value;
  }

  /** Stores a value, whatever is there. */
  async replace(key: string, input: unknown): Promise<Value> {
    const { codec, driver, lifetime } = this.#options;
    // Under an absolute limit a session keeps its age, which only the record knows.
    if (lifetime.needsCreation) {
      return (await this.change(key, () => input, { lenient: true })) as Value;
    }
    const admitting = this.#admit(input);
    const { value, stored } = isPromise(admitting) ? await admitting : admitting;
    const at = lifetime.now();
    const writing = driver.write(key, codec.encode(stored, at), lifetime.expiry(at));
    if (isPromise(writing)) await writing;
    return value;
  }

  /**
   * Changes the value atomically: reads it, asks `step` what should be there, and writes that on condition that nobody
   * wrote meanwhile; else starts over from what they wrote.
   *
   * @throws ConflictError when other writers have beaten 64 attempts
   */
  async change(
    key: string,
    step: Step<Value>,
    { gives = "stored", lenient = false }: ChangeOptions = {},
  ): Promise<Value | undefined> {
    const { codec, driver, lifetime, queue } = this.#options;
    // A turn is needed only across a wait: what does not wait cannot be interrupted.
    let turn = queue.isBusy(key) ? await queue.enter(key) : undefined;
    const wait = <Result>(result: PromiseLike<Result>): PromiseLike<Result> => {
      turn ??= queue.take(key);
      return result;
    };
    try {
      const reading = driver.read(key);
      let record = isPromise(reading) ? await wait(reading) : reading;
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        const opening = record && this.#open(record, lenient);
        const live = isPromise(opening) ? await wait(opening) : opening;
        const stepping = step(live?.value);
        const input = isPromise(stepping) ? await wait(stepping) : stepping;
        if (input === KEEP) return live?.value;
        const admitting = this.#admit(input);
        const { value, stored } = isPromise(admitting) ? await wait(admitting) : admitting;
        const given = gives === "previous" ? live?.value : value;

        // The step may have taken its time: the session it started from may have ended by now.
        if (record && live && this.#hasEnded(record, live.at)) continue;
        const at = live?.at ?? lifetime.now();
        const text = codec.encode(stored, at);
        if (text === record?.text && !lifetime.isTouchDue(record, at)) return given;
        const { expiresAt, ttl } = lifetime.expiry(at);
        const condition = record === undefined ? "absent" : { version: record.version };
        const writing = driver.write(key, text, { expiresAt, ttl, if: condition });
        const result: WriteResult = isPromise(writing) ? await wait(writing) : writing;
        if (result.written) return given;
        // The first retry goes by what the conflict brought along. Later ones step back and read afresh.
        record = attempt === 1 ? result.current : await wait(this.#readLater(key, attempt));
      }
    } finally {
      if (turn !== undefined) queue.leave(key, turn);
    }
    throw new ConflictError(
      `The session kept changing under this update: ${MAX_ATTEMPTS} attempts failed and nothing was stored. Try again later.`,
    );
  }

  /** Deletes the record. Tells whether there was a live one. */
  async remove(key: string): Promise<boolean> {
    const { driver, lifetime } = this.#options;
    // Only a session that can end by itself has to be looked at: its record may outlive it.
    const record = lifetime.limited ? await driver.read(key) : undefined;
    const hadEnded = record !== undefined && lifetime.hasEnded(record);
    return (await driver.remove(key)) && !hadEnded;
  }

  /** Restarts the idle time. Tells whether there is a live record. */
  async touch(key: string): Promise<boolean> {
    const { driver, lifetime } = this.#options;
    const record = await driver.read(key);
    const decoded = record && this.#decode(record, false);
    if (record === undefined || decoded === undefined) return false;
    return lifetime.limited ? this.#extend(key, record, decoded.at) : true;
  }

  #hasEnded(record: DriverRecord, at: number): boolean {
    const { lifetime } = this.#options;
    return lifetime.hasEnded(record) || lifetime.isTooOld(at);
  }

  /** Moves the end of a record to where use at this moment puts it. Tells whether the record was still there. */
  async #extend(key: string, record: DriverRecord, at: number): Promise<boolean> {
    const { driver, lifetime } = this.#options;
    const expiry = lifetime.expiry(at);
    if (driver.canTouch) return driver.touch(key, expiry);
    const result = await driver.write(key, record.text, {
      ...expiry,
      if: { version: record.version },
    });
    // Whoever wrote meanwhile has restarted the idle time.
    return result.written || result.current !== undefined;
  }

  /** Waits a little, longer with every attempt and never as long as another writer, and reads again. */
  async #readLater(key: string, attempt: number): Promise<DriverRecord | undefined> {
    const longest = Math.min(2 ** attempt, MAX_BACKOFF);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
    return this.#options.driver.read(key);
  }

  /** Decodes and validates a record. Gives `undefined` for one that has ended or is to be discarded. */
  #open(record: DriverRecord, lenient: boolean): MaybePromise<Live<Value> | undefined> {
    const decoded = this.#decode(record, lenient);
    if (decoded === undefined) return undefined;
    const result = this.#options.schema.read(decoded.value);
    if (isPromise(result)) return result.then((it) => this.#revive(it, decoded.at, lenient));
    return this.#revive(result, decoded.at, lenient);
  }

  #decode(record: DriverRecord, lenient: boolean): Decoded | undefined {
    const { codec, lifetime, discardInvalid } = this.#options;
    if (lifetime.hasEnded(record)) return undefined;
    try {
      const decoded = codec.decode(record.text);
      return lifetime.isTooOld(decoded.at) ? undefined : decoded;
    } catch (error) {
      if (lenient || (discardInvalid && !(error instanceof NewerRecordError))) return undefined;
      throw error;
    }
  }

  #revive(
    result: StandardSchemaV1.Result<Value>,
    at: number,
    lenient: boolean,
  ): Live<Value> | undefined {
    if (result.issues === undefined) return { value: result.value, at };
    if (lenient || this.#options.discardInvalid) return undefined;
    throw new InvalidRecordError(
      'The stored session value no longer fits its schema; see error.issues. Remove the session, insert a new value, or define it with onInvalid: "discard".',
      result.issues,
    );
  }

  #admit(input: unknown): MaybePromise<Admitted<Value>> {
    const result = this.#options.schema.admit(input);
    return isPromise(result) ? result.then(accept) : accept(result);
  }
}

function accept<Value>(result: StandardSchemaV1.Result<Value>): Value {
  if (result.issues === undefined) return result.value;
  throw new InvalidValueError(
    "The session value does not fit its schema and was not stored; see error.issues.",
    result.issues,
  );
}
