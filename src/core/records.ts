import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Admission } from "./admission.ts";
import { type ChangeOptions, changeRecord, type Result, type Step } from "./change-record.ts";
import { Deadline } from "./deadline.ts";
import type { DriverRecord } from "./driver.ts";
import { InvalidValueError, UnavailableError } from "./errors.ts";
import { forwardedTo, forwardingMark, MARK_TTL } from "./forwarding-mark.ts";
import type { Turn } from "./key-queue.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import { type Move, type MoveOptions, moveRecord } from "./move-record.ts";
import type { RecordParts, RecordsOptions } from "./record-parts.ts";
import { type Missing, RecordReader } from "./record-reader.ts";
import type { Reentrancy } from "./reentrancy.ts";
import { tooManyConflicts } from "./retry.ts";
import type { Admitted } from "./value-schema.ts";

/** How many forwarding marks `end` follows. A session is not rotated as often within a minute. */
const MAX_FORWARDS = 64;

/**
 * Validated values under driver keys: the room where schema, codec, lifetime and driver meet. A value is validated on
 * its way in and again on its way out. Where driver, schema and caller answer at once, nothing here waits.
 */
export class Records<Value> {
  readonly #parts: RecordParts<Value>;

  constructor(options: RecordsOptions<Value>) {
    this.#parts = {
      ...options,
      reader: new RecordReader(options),
      admit: (input) => this.admit(input),
      enterQueue: (key, deadline) => this.#enterQueue(key, deadline),
    };
  }

  /** Whether changes are safe against other processes. */
  get atomic(): boolean {
    return this.#parts.driver.atomic;
  }

  /** Notices verbs inside the functions that work on the same session. */
  get reentrancy(): Reentrancy {
    return this.#parts.reentrancy;
  }

  /** Starts a verb's time. */
  deadline(): Deadline {
    return new Deadline(this.#parts.timeout);
  }

  /** Validates an input as it is at this moment. Takes a while only where the schema is asynchronous. */
  admit(input: unknown): MaybePromise<Admission<Value>> {
    const result = this.#parts.schema.admit(input);
    return isPromise(result) ? result.then((it) => this.#accept(it)) : this.#accept(result);
  }

  /** Reads the value. A read is use: from time to time it moves the idle end. */
  async find(key: string, deadline: Deadline): Promise<Result<Value>> {
    const { driver, lifetime, reader } = this.#parts;
    const reading = driver.read(key, deadline);
    const record = isPromise(reading) ? await reading : reading;
    const opening = reader.open(key, record, false);
    const { missing, value, at } = isPromise(opening) ? await opening : opening;
    const found = foundOf(missing, value, at);
    if (record === undefined || at === undefined) return found;
    const now = lifetime.now();
    // An asynchronous schema may have taken its time: what has ended by now is not to be renewed.
    if (!lifetime.isTouchDue(record, at, now) || lifetime.isOver(record, at, now)) return found;
    const isExtended = await this.#extend(key, record, at, deadline);
    return { ...found, isCookieDue: isExtended && lifetime.isCookieDue(at, record.expiresAt, now) };
  }

  /** What there is under a key, so far as can be told without its schema: a live record (`undefined`), or why not. */
  async look(key: string, deadline: Deadline): Promise<Missing | undefined> {
    const record = await this.#parts.driver.read(key, deadline);
    return this.#parts.reader.decode(key, record, true).missing;
  }

  /** Stores a value, whatever is there. */
  async replace(
    key: string,
    admitting: MaybePromise<Admission<Value>>,
    deadline: Deadline,
  ): Promise<Value> {
    const { driver, lifetime, reentrancy } = this.#parts;
    // Under an absolute limit a session keeps its age, which only the record knows.
    if (lifetime.needsCreation) {
      const result = await this.change(key, () => admitting, { lenient: true }, deadline);
      return result.value as Value;
    }
    reentrancy.refuseInside(key);
    const admission = isPromise(admitting) ? await admitting : admitting;
    const at = lifetime.now();
    const writing = driver.write(key, admission.text(at), lifetime.expiry(at, at), deadline);
    if (isPromise(writing)) await writing;
    return admission.value;
  }

  /** Stores a value where there is nothing, and only there. Returns `undefined` if there is something. */
  async create(
    key: string,
    admission: Admission<Value>,
    retain: boolean,
    deadline: Deadline,
  ): Promise<Result<Value> | undefined> {
    const { driver, events, lifetime } = this.#parts;
    const at = lifetime.now();
    const options = { ...lifetime.expiry(at, at), if: "absent", retain } as const;
    const result = await driver.write(key, admission.text(at), options, deadline);
    if (!result.written) return undefined;
    events.tell({ type: "created" }, key);
    const { value } = admission;
    return { ...foundOf<Value>("absent", undefined, at), value };
  }

  /** Changes the value atomically. See {@link changeRecord}. */
  async change(
    key: string,
    step: Step<Value>,
    options: ChangeOptions,
    deadline: Deadline,
  ): Promise<Result<Value>> {
    this.#parts.reentrancy.refuseInside(key);
    return changeRecord(this.#parts, key, step, options, deadline);
  }

  /** Moves a live record to another driver key. See {@link moveRecord}. */
  async move(
    from: string,
    to: string,
    options: MoveOptions<Value>,
    deadline: Deadline,
  ): Promise<Move<Value>> {
    const { queue, reentrancy } = this.#parts;
    reentrancy.refuseInside(from);
    const turn = queue.take(from) ?? (await this.#enterQueue(from, deadline));
    try {
      return await moveRecord(this.#parts, from, to, options, deadline);
    } catch (error) {
      if (error instanceof UnavailableError && error.cause === undefined) queue.release(from);
      throw error;
    } finally {
      queue.leave(from, turn);
    }
  }

  /** Deletes the record. Returns whether there was a live one. */
  async remove(key: string, deadline: Deadline): Promise<boolean> {
    const { driver, lifetime, reader, reentrancy } = this.#parts;
    reentrancy.refuseInside(key);
    // Only a session that can end by itself has to be looked at: its record may outlive it. Such a one is left to the
    // driver, because by the time it could be deleted there may be another.
    if (lifetime.limited) {
      const { missing } = reader.decode(key, await driver.read(key, deadline), true);
      if (missing === "absent" || missing === "ended") return false;
    }
    return this.#delete(key, deadline);
  }

  /**
   * Ends the session of an issued key for good, wherever it lives now and whatever the clocks say. Returns whether there was
   * a live one.
   *
   * A rotation may be under way. So the record is first replaced, if it is still the one that was read, by a mark that no
   * verb takes for a session; a rotation that comes later finds it, and one that came before has left a mark to follow.
   */
  async end(key: string, deadline: Deadline): Promise<boolean> {
    const { driver, lifetime, reader, reentrancy } = this.#parts;
    reentrancy.refuseInside(key);
    // Without compare-and-set there are no rotations.
    if (!driver.atomic) return this.#delete(key, deadline);
    let current = key;
    let record = await driver.read(current, deadline);
    let hasLost = false;
    for (let forwards = 0; ; ) {
      if (record === undefined) {
        // The driver may go by another clock than the machine that keeps the session alive.
        await driver.remove(current, deadline);
        return false;
      }
      const target = forwardedTo(record.text);
      if (target !== undefined && ++forwards <= MAX_FORWARDS) {
        current = target;
        record = await driver.read(current, deadline);
        continue;
      }
      const { missing } = reader.decode(current, record, true);
      if (missing === "moved") return false;
      if (hasLost && deadline.left <= 0) throw tooManyConflicts();
      const expiry = { expiresAt: lifetime.now() + MARK_TTL, ttl: MARK_TTL };
      const options = { ...expiry, if: { version: record.version } };
      const marking = await driver.write(current, forwardingMark(null), options, deadline);
      if (marking.written) {
        await this.#delete(current, deadline);
        return missing !== "ended";
      }
      hasLost = true;
      record = marking.current;
    }
  }

  /** Restarts the idle time. The result's `missing` tells why there is nothing to restart. */
  async touch(key: string, deadline: Deadline): Promise<Result<Value>> {
    const { driver, lifetime, reader, reentrancy } = this.#parts;
    reentrancy.refuseInside(key);
    const record = await driver.read(key, deadline);
    const { missing, value, at } = await reader.open(key, record, false);
    const found = foundOf(missing, value, at);
    if (record === undefined || at === undefined || !lifetime.limited) return found;
    const now = lifetime.now();
    if (!lifetime.isOver(record, at, now) && (await this.#extend(key, record, at, deadline))) {
      return { ...found, isCookieDue: lifetime.isCookieDue(at, record.expiresAt, now) };
    }
    // If it is another one by now, whoever wrote that has restarted the idle time.
    return { ...found, missing: await this.look(key, deadline) };
  }

  /** Moves the end of a record, if it is still this one, to where use at this moment puts it. Returns whether it did. */
  async #extend(
    key: string,
    record: DriverRecord,
    at: number,
    deadline: Deadline,
  ): Promise<boolean> {
    const { driver, lifetime } = this.#parts;
    const options = { ...lifetime.expiry(at, lifetime.now()), if: { version: record.version } };
    if (driver.canTouch) return driver.touch(key, options, deadline);
    // Without compare-and-set either, this would be a blind write, which could undo a removal.
    return driver.atomic && (await driver.write(key, record.text, options, deadline)).written;
  }

  async #delete(key: string, deadline: Deadline): Promise<boolean> {
    const removed = await this.#parts.driver.remove(key, deadline);
    if (removed) this.#parts.events.tell({ type: "removed" }, key);
    return removed;
  }

  async #enterQueue(key: string, deadline: Deadline): Promise<Turn> {
    const turn = await this.#parts.queue.enter(key, deadline);
    if (turn !== undefined) return turn;
    throw new UnavailableError(
      `This verb waited for its whole timeout of ${deadline.timeout} ms while other updates of the session were running in this process. Nothing was stored.`,
    );
  }

  #accept(result: StandardSchemaV1.Result<Admitted<Value>>): Admission<Value> {
    if (result.issues === undefined) return new Admission(result.value, this.#parts.codec);
    throw new InvalidValueError(
      "The session value does not fit its schema and was not stored; see error.issues.",
      result.issues,
    );
  }
}

function foundOf<Value>(
  missing: Missing | undefined,
  value: Value | undefined,
  createdAt: number | undefined,
): Result<Value> {
  const wasSeen = missing === undefined;
  return { value, previous: value, missing, wasSeen, createdAt, isCookieDue: false };
}
