import type { DriverRecord, WriteOptions, WriteResult } from "../drivers/driver.ts";
import { isSessionError, type SessionError, UnavailableError } from "../errors.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { type Deadline, timeLeft } from "./deadline.ts";
import { deserialize } from "./serialization.ts";
import type { Result, Storage } from "./storage.ts";

// Every driver call of a verb goes through this file. What a driver throws or rejects with becomes
// an `UnavailableError`; so does an answer that comes after the verb's deadline, or that is none.
// An answer that is there at once is returned at once.

/** Reads a record. */
export function readRecord(
  storage: Storage<unknown>,
  key: string,
  deadline: Deadline,
): MaybePromise<DriverRecord | undefined> {
  if (storage.isClosed) throw closed();
  return ask(storage, "read", deadline, () => storage.driver.read(key));
}

/** Writes a record if its condition holds. */
export function writeRecord(
  storage: Storage<unknown>,
  key: string,
  text: string,
  options: WriteOptions,
  deadline: Deadline,
): MaybePromise<WriteResult> {
  const timeout = timeFor(storage, "write", deadline);
  const { expiresAt, ttl, if: condition, retain } = options;
  // Spelled out, because engines copy no object as quickly as they make one whose form they know.
  const given: WriteOptions = { expiresAt, ttl, if: condition, retain, timeout };
  return ask(storage, "write", deadline, () => storage.driver.write(key, text, given));
}

/** Deletes a record. Returns whether there was one that had not expired by the driver's clock. */
export function deleteRecord(
  storage: Storage<unknown>,
  key: string,
  deadline: Deadline,
): MaybePromise<boolean> {
  const timeout = timeFor(storage, "remove", deadline);
  return ask(storage, "remove", deadline, () => storage.driver.remove(key, { timeout }));
}

/** Closes the driver. It may take as long as a verb. */
export function closeDriver(storage: Storage<unknown>, deadline: Deadline): MaybePromise<void> {
  return ask(storage, "close", deadline, () => storage.driver.close?.());
}

/**
 * Reads a value and leaves the record as it is.
 *
 * @throws InvalidRecordError if the record cannot be read
 */
export function readValue<Value>(
  storage: Storage<Value>,
  key: string,
  deadline: Deadline,
): MaybePromise<Result<Value>> {
  const reading = readRecord(storage, key, deadline);
  return reading instanceof Promise
    ? reading.then((record) => deserialize(storage, key, record, false))
    : deserialize(storage, key, reading, false);
}

/**
 * Reads a value. A read is use, so from time to time it extends the idle time.
 *
 * @throws InvalidRecordError if the record cannot be read
 */
export function findValue<Value>(
  storage: Storage<Value>,
  key: string,
  deadline: Deadline,
): MaybePromise<Result<Value>> {
  const reading = readRecord(storage, key, deadline);
  return reading instanceof Promise
    ? reading.then((record) => useRecord(storage, key, record, deadline))
    : useRecord(storage, key, reading, deadline);
}

function useRecord<Value>(
  storage: Storage<Value>,
  key: string,
  record: DriverRecord | undefined,
  deadline: Deadline,
): MaybePromise<Result<Value>> {
  const opening = deserialize(storage, key, record, false);
  return opening instanceof Promise
    ? opening.then((found) => renewIfDue(storage, key, record, found, deadline))
    : renewIfDue(storage, key, record, opening, deadline);
}

function renewIfDue<Value>(
  storage: Storage<Value>,
  key: string,
  record: DriverRecord | undefined,
  found: Result<Value>,
  deadline: Deadline,
): MaybePromise<Result<Value>> {
  const { lifetime } = storage;
  const { createdAt } = found;
  if (lifetime.idle === undefined || record === undefined || createdAt === undefined) return found;
  return lifetime.isTouchDue(record, createdAt, lifetime.now())
    ? renew(storage, key, record, found, deadline)
    : found;
}

/** Moves the idle end of a record that was read. */
async function renew<Value>(
  storage: Storage<Value>,
  key: string,
  record: DriverRecord,
  found: Result<Value>,
  deadline: Deadline,
): Promise<Result<Value>> {
  const { lifetime } = storage;
  const { createdAt = 0 } = found;
  const now = lifetime.now();
  // An asynchronous schema may have taken long: a session that has ended by now must not be
  // extended.
  if (lifetime.isOver(record, createdAt, now)) return found;
  const isExtended = await extendRecord(storage, key, record, createdAt, now, deadline);
  return {
    ...found,
    isCookieDue: isExtended && lifetime.isCookieDue(createdAt, record.expiresAt, now),
  };
}

/**
 * Extends a record as use at `now` does, if its version is still the same. Returns whether it did.
 *
 * @param now - a moment at which the session was not over
 */
export async function extendRecord(
  storage: Storage<unknown>,
  key: string,
  record: DriverRecord,
  createdAt: number,
  now: number,
  deadline: Deadline,
): Promise<boolean> {
  const { driver, lifetime } = storage;
  const expiry = lifetime.expiry(createdAt, now);
  const options = { ...expiry, if: { version: record.version } };
  if (driver.touch !== undefined) {
    const timeout = timeFor(storage, "touch", deadline);
    return ask(
      storage,
      "touch",
      deadline,
      () => driver.touch?.(key, { ...options, timeout }) ?? false,
    );
  }
  // Without compare-and-set this would be a blind write, which could undo a removal.
  if (!driver.atomic) return false;
  return (await writeRecord(storage, key, record.text, options, deadline)).written;
}

/** Returns how many milliseconds a call may take. */
function timeFor(storage: Storage<unknown>, call: string, deadline: Deadline): number {
  if (storage.isClosed) throw closed();
  if (deadline.end === undefined) return deadline.timeout;
  const left = timeLeft(deadline);
  if (left > 0) return left;
  throw reported(storage, tooLate(call, deadline));
}

/** Calls the driver. Returns its answer at once if it is there at once. */
function ask<Answer>(
  storage: Storage<unknown>,
  what: string,
  deadline: Deadline,
  call: () => MaybePromise<Answer>,
): MaybePromise<Answer> {
  try {
    const answer = call();
    const isPlain = answer === undefined || typeof answer === "boolean";
    // `in` throws for what is no answer. A write always answers with an object.
    return (isPlain && what !== "write") || !("then" in (answer as object))
      ? answer
      : settle(storage, what, deadline, answer as PromiseLike<Answer>);
  } catch (error) {
    throw failed(storage, what, error);
  }
}

/** Waits for a driver's answer, but not beyond the deadline. */
function settle<Answer>(
  storage: Storage<unknown>,
  call: string,
  deadline: Deadline,
  answer: PromiseLike<Answer>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        reject(reported(storage, tooLate(call, deadline)));
      },
      Math.max(0, timeLeft(deadline)),
    );
    // Promises of other libraries may throw in `then`, or settle twice.
    Promise.resolve(answer).then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        // After the deadline, the verb has already failed.
        if (!isLate) reject(failed(storage, call, error));
      },
    );
  });
}

function failed(storage: Storage<unknown>, call: string, error: unknown): SessionError {
  if (isSessionError(error)) return isUnavailable(error) ? reported(storage, error) : error;
  return reported(
    storage,
    new UnavailableError(`The session driver failed to ${call}; see the cause.`, { cause: error }),
  );
}

function tooLate(call: string, { timeout }: Deadline): UnavailableError {
  return new UnavailableError(`The session driver did not answer a ${call} within ${timeout} ms.`);
}

function reported(storage: Storage<unknown>, error: UnavailableError): UnavailableError {
  storage.events.emit({ type: "unavailable", error });
  return error;
}

function isUnavailable(error: SessionError): error is UnavailableError {
  return error.code === "ERR_SESSION_UNAVAILABLE";
}

function closed(): UnavailableError {
  return new UnavailableError("The session store is closed.");
}
