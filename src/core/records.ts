import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Admission } from "./admission.ts";
import type { DriverRecord, WriteResult } from "./driver.ts";
import { InvalidValueError, UnavailableError } from "./errors.ts";
import type { GuardedDriver } from "./guarded-driver.ts";
import type { KeyQueue } from "./key-queue.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import { type Move, moveRecord } from "./move-record.ts";
import { type Missing, type ReaderOptions, RecordReader } from "./record-reader.ts";
import { backOff, MAX_ATTEMPTS, tooManyConflicts } from "./retry.ts";
import type { Admitted } from "./value-schema.ts";

/** What a step gives back to leave the record as it is. */
export const KEEP: unique symbol = Symbol("keep");

/**
 * Works out what to store from what is stored. May run more than once, each time on a fresh copy. Where there is no value
 * it is told why.
 */
export type Step<Value> = (
  current: Value | undefined,
  missing: Missing | undefined,
) => MaybePromise<unknown>;

/** Is told what a verb came upon. */
export interface Observer {
  /** A live record, which ends at `expiresAt`. */
  found(expiresAt: number | undefined): void;
  /** The verb itself has moved that end. */
  moved(expiresAt: number | undefined): void;
  /** No value, and why. */
  missing(why: Missing): void;
}

/** A new record. */
export interface Created<Value> {
  readonly value: Value;
  readonly expiresAt: number | undefined;
}

/** How a change differs from the usual. */
export interface ChangeOptions {
  /** Which value to give: the one now stored, or the one before. Default `"stored"`. */
  readonly gives?: "stored" | "previous" | undefined;
  /** Whether a record that cannot be read counts as absent, whatever the definition says. */
  readonly lenient?: boolean;
  /** Who is told about the record. */
  readonly observer?: Observer | undefined;
}

/** The parts of one definition that records are made of. */
export interface RecordsOptions<Value> extends ReaderOptions<Value> {
  readonly driver: GuardedDriver;
  readonly queue: KeyQueue;
}

/**
 * Validated values under driver keys: the room where schema, codec, lifetime and driver meet. A value is validated on
 * its way in and again on its way out. Where driver, schema and caller answer at once, nothing here waits.
 */
export class Records<Value> {
  readonly #options: RecordsOptions<Value>;
  readonly #reader: RecordReader<Value>;

  constructor(options: RecordsOptions<Value>) {
    this.#options = options;
    this.#reader = new RecordReader(options);
  }

  /** Whether changes are safe against other processes. */
  get atomic(): boolean {
    return this.#options.driver.atomic;
  }

  /** Validates an input as it is at this moment. Takes a while only where the schema is asynchronous. */
  admit(input: unknown): MaybePromise<Admission<Value>> {
    const result = this.#options.schema.admit(input);
    return isPromise(result) ? result.then((it) => this.#accept(it)) : this.#accept(result);
  }

  /** Reads the value, or `undefined`. A read is use: from time to time it moves the idle end. */
  async find(key: string, observer?: Observer): Promise<Value | undefined> {
    const { driver, lifetime } = this.#options;
    const reading = driver.read(key);
    const record = isPromise(reading) ? await reading : reading;
    const opening = this.#reader.open(key, record, false);
    const { missing, value, at } = isPromise(opening) ? await opening : opening;
    if (record === undefined || missing !== undefined || at === undefined) {
      observer?.missing(missing ?? "absent");
      return undefined;
    }
    observer?.found(record.expiresAt);
    const now = lifetime.now();
    // An asynchronous schema may have taken its time: what has ended by now is not to be renewed.
    if (lifetime.isTouchDue(record, at, now) && !lifetime.isOver(record, at, now)) {
      // Without either, a touch would be a blind write, which could undo a removal.
      if (driver.canTouch || driver.atomic) await this.#extend(key, record, at, observer);
    }
    return value;
  }

  /** Whether there is a live record, so far as can be told without its schema. */
  async has(key: string): Promise<boolean> {
    const record = await this.#options.driver.read(key);
    return this.#reader.decode(key, record, true).missing === undefined;
  }

  /** Stores a value, whatever is there. */
  async replace(key: string, admitting: MaybePromise<Admission<Value>>): Promise<Value> {
    const { driver, lifetime } = this.#options;
    // Under an absolute limit a session keeps its age, which only the record knows.
    if (lifetime.needsCreation) {
      return (await this.change(key, () => admitting, { lenient: true })) as Value;
    }
    const admission = isPromise(admitting) ? await admitting : admitting;
    const at = lifetime.now();
    const writing = driver.write(key, admission.text(at), lifetime.expiry(at, at));
    if (isPromise(writing)) await writing;
    return admission.value;
  }

  /** Stores a value where there is nothing, and only there. Gives `undefined` if there is something. */
  async create(key: string, admission: Admission<Value>): Promise<Created<Value> | undefined> {
    const { driver, events, lifetime } = this.#options;
    const at = lifetime.now();
    const expiry = lifetime.expiry(at, at);
    const result = await driver.write(key, admission.text(at), { ...expiry, if: "absent" });
    if (!result.written) return undefined;
    events.tell({ type: "created" }, key);
    return { value: admission.value, expiresAt: expiry.expiresAt };
  }

  /**
   * Changes the value atomically: reads it, asks `step` what should be there, and writes that on condition that nobody
   * wrote meanwhile; else starts over from what they wrote.
   *
   * @throws ConflictError when other writers have beaten 256 attempts
   */
  async change(
    key: string,
    step: Step<Value>,
    { gives = "stored", lenient = false, observer }: ChangeOptions = {},
  ): Promise<Value | undefined> {
    const { driver, events, lifetime, queue } = this.#options;
    // A turn is needed only across a wait: what does not wait cannot be interrupted.
    let turn = queue.isBusy(key) ? await queue.enter(key) : undefined;
    const wait = <Result>(result: PromiseLike<Result>): PromiseLike<Result> => {
      turn ??= queue.take(key);
      return result;
    };
    try {
      const reading = driver.read(key);
      let record = isPromise(reading) ? await wait(reading) : reading;
      for (let attempt = 1; ; attempt++) {
        const opening = this.#reader.open(key, record, lenient);
        const opened = isPromise(opening) ? await wait(opening) : opening;
        const { missing, value: current } = opened;
        if (missing === undefined) observer?.found(record?.expiresAt);
        const stepping = step(current, missing);
        const input = isPromise(stepping) ? await wait(stepping) : stepping;
        if (input === KEEP) return current;
        const admitting = input instanceof Admission ? input : this.admit(input);
        const admission = isPromise(admitting) ? await wait(admitting) : admitting;
        const given = gives === "previous" ? current : admission.value;

        const now = lifetime.now();
        const at = opened.at ?? now;
        // The step may have taken its time: the session it started from may have ended by now.
        const isOver = record !== undefined && lifetime.isOver(record, at, now);
        if (missing === undefined && isOver) continue;
        const text = admission.text(at);
        if (text === record?.text && !isOver && !lifetime.isTouchDue(record, at, now)) return given;
        const { expiresAt, ttl } = lifetime.expiry(at, now);
        const condition = record === undefined ? "absent" : { version: record.version };
        const writing = driver.write(key, text, { expiresAt, ttl, if: condition });
        const result: WriteResult = isPromise(writing) ? await wait(writing) : writing;
        if (result.written) {
          if (missing !== undefined) events.tell({ type: "created" }, key);
          observer?.moved(expiresAt);
          return given;
        }
        events.tell({ type: "conflict", attempt }, key);
        if (attempt >= MAX_ATTEMPTS) throw tooManyConflicts();
        // The first retry goes by what the conflict brought along. Later ones step back and read afresh.
        record = attempt === 1 ? result.current : await wait(this.#readLater(key, attempt));
      }
    } catch (error) {
      this.#tellThoseWaiting(key, error);
      throw error;
    } finally {
      if (turn !== undefined) queue.leave(key, turn);
    }
  }

  /** Moves a live record to another driver key. See {@link moveRecord}. */
  async move(from: string, to: string, mayClaim: () => void): Promise<Move> {
    const { queue } = this.#options;
    const turn = queue.take(from) ?? (await queue.enter(from));
    try {
      const parts = { ...this.#options, reader: this.#reader };
      return await moveRecord(parts, from, to, mayClaim);
    } catch (error) {
      this.#tellThoseWaiting(from, error);
      throw error;
    } finally {
      queue.leave(from, turn);
    }
  }

  /** Where the driver did not answer in time (that error has no cause), nobody is to find that out one after another. */
  #tellThoseWaiting(key: string, error: unknown): void {
    if (error instanceof UnavailableError && error.cause === undefined)
      this.#options.queue.release(key);
  }

  /** Deletes the record. Tells whether there was a live one. */
  async remove(key: string): Promise<boolean> {
    const { driver, events, lifetime } = this.#options;
    // Only a session that can end by itself has to be looked at: its record may outlive it. Such a one is left to the
    // driver, because by the time it could be deleted there may be another.
    if (lifetime.limited) {
      const { missing } = this.#reader.decode(key, await driver.read(key), true);
      if (missing === "absent" || missing === "ended") return false;
    }
    const removed = await driver.remove(key);
    if (removed) events.tell({ type: "removed" }, key);
    return removed;
  }

  /** Restarts the idle time. Tells whether there is a live record. */
  async touch(key: string, observer?: Observer): Promise<boolean> {
    const { driver, lifetime } = this.#options;
    const record = await driver.read(key);
    const { missing, at } = await this.#reader.open(key, record, false);
    if (record === undefined || missing !== undefined || at === undefined) {
      observer?.missing(missing ?? "absent");
      return false;
    }
    observer?.found(record.expiresAt);
    if (!lifetime.limited) return true;
    const isLive = !lifetime.isOver(record, at, lifetime.now());
    // If it is another one by now, whoever wrote that has restarted the idle time.
    return (isLive && (await this.#extend(key, record, at, observer))) || this.has(key);
  }

  /** Moves the end of a record, if it is still this one, to where use at this moment puts it. */
  async #extend(
    key: string,
    record: DriverRecord,
    at: number,
    observer: Observer | undefined,
  ): Promise<boolean> {
    const { driver, lifetime } = this.#options;
    const options = { ...lifetime.expiry(at, lifetime.now()), if: { version: record.version } };
    const extended = driver.canTouch
      ? await driver.touch(key, options)
      : (await driver.write(key, record.text, options)).written;
    if (extended) observer?.moved(options.expiresAt);
    return extended;
  }

  /** Reads again after a while. */
  async #readLater(key: string, attempt: number): Promise<DriverRecord | undefined> {
    await backOff(attempt);
    return this.#options.driver.read(key);
  }

  #accept(result: StandardSchemaV1.Result<Admitted<Value>>): Admission<Value> {
    if (result.issues === undefined) return new Admission(result.value, this.#options.codec);
    throw new InvalidValueError(
      "The session value does not fit its schema and was not stored; see error.issues.",
      result.issues,
    );
  }
}
