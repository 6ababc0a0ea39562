import type { DriverRecord, WriteResult } from "../drivers/driver.ts";
import { UnavailableError } from "../errors.ts";
import { type Deadline, timeLeft } from "./deadline.ts";
import { LINE_HEAD, withoutLine } from "./line-text.ts";
import { type Mutation, nextValue, refuseInside, UNCHANGED } from "./mutation.ts";
import { readRecord, writeRecord } from "./records.ts";
import { MAX_RUNS, pause, tooManyConflicts } from "./retry.ts";
import { deserialize } from "./serialization.ts";
import type { Result, Storage } from "./storage.ts";
import { letLinePass, WaitingLine } from "./waiting-line.ts";

/** Options of `changeRecord`. */
export interface ChangeOptions {
  /**
   * What to do if there is no value: create a record, change nothing, or replace only a record that
   * cannot be read.
   */
  readonly ifAbsent: "create" | "keep" | "replace-invalid";
  /** Whether a record that cannot be read counts as absent, regardless of `onInvalid`. */
  readonly ignoreInvalid?: boolean | undefined;
}

/**
 * How long an update may take, in milliseconds. A writer with a slower one stands in line as soon
 * as it loses, because others could write again and again while its update runs.
 */
const SLOW = 5;
/**
 * How often a writer with a quick update may lose before it stands in line. Lines are for the few:
 * each writer that joins one or looks at it takes time from the first.
 */
const QUICK_LOSSES = 100;
/**
 * How many retries need no pause. They start from what the refusal brought along, so a writer that
 * has lost is ahead of one that has just won and has yet to read.
 */
const IMMEDIATE_RETRIES = 3;
/** By how much the pauses between further retries grow, and the longest one, in milliseconds. */
const PAUSE_STEP = 4;
const MAX_PAUSE = 64;
/** How often a write is retried if only the line of writers has changed. */
export const MAX_LINE_CHANGES = 16;

/**
 * Changes a value atomically: reads the record, computes the next value, and writes it if the
 * version is still the same. If another write wins, it starts over with the new record. A writer
 * that keeps losing stands in line; see {@link WaitingLine}.
 *
 * If driver, schema and update return no promises, nothing here waits.
 *
 * @throws ConflictError when the time or 256 runs are spent
 */
export async function changeRecord<Value>(
  storage: Storage<Value>,
  key: string,
  mutation: Mutation<Value>,
  { ifAbsent, ignoreInvalid = false }: ChangeOptions,
  deadline: Deadline,
): Promise<Result<Value>> {
  refuseInside(storage, key);
  const { events, lifetime, queue } = storage;
  let turn = queue.lines.has(key) ? await queue.enter(key, deadline) : undefined;
  let line: WaitingLine | undefined;
  let isDone = false;
  let wasSeen = false;
  /** How long the last update took, in milliseconds. */
  let duration = 0;
  try {
    const reading = readRecord(storage, key, deadline);
    // A turn is needed only across a wait, because code that does not wait cannot be interrupted.
    if (reading instanceof Promise) turn ??= queue.take(key);
    let record = reading instanceof Promise ? await reading : reading;
    for (let run = 1; ; run++) {
      const opening = deserialize(storage, key, record, ignoreInvalid);
      if (opening instanceof Promise) turn ??= queue.take(key);
      let found = opening instanceof Promise ? await opening : opening;
      if (found.absence === undefined) {
        const isLosing = run > QUICK_LOSSES || duration > SLOW;
        if (isLosing || record?.text.startsWith(LINE_HEAD) === true) {
          turn ??= queue.take(key);
          if (!isLosing) record = await letLinePass(storage, key, record, deadline);
          if (isLosing || record?.text.startsWith(LINE_HEAD) === true) {
            line ??= new WaitingLine(storage, key, deadline);
            record = await line.turn(record, 2 * duration + 20);
          }
          found = await deserialize(storage, key, record, ignoreInvalid);
        }
      }
      const { absence, value: current } = found;
      if (absence === undefined) wasSeen = true;
      else if (ifAbsent === "keep" || (ifAbsent !== "create" && absence !== "invalid"))
        return { ...found, wasSeen };

      let started = 0;
      const computing = nextValue(storage, mutation, current, key, deadline);
      if (computing instanceof Promise) {
        turn ??= queue.take(key);
        started = performance.now();
      }
      const next = computing instanceof Promise ? await computing : computing;
      duration = started === 0 ? 0 : performance.now() - started;
      if (next === UNCHANGED) return { ...found, wasSeen };

      for (let writes = 1; ; writes++) {
        const now = lifetime.now();
        const createdAt = found.createdAt ?? now;
        const isOver = record !== undefined && lifetime.isOver(record, createdAt, now);
        // The update may have taken long, so the session that it started from may have ended by
        // now.
        if (found.createdAt !== undefined && isOver) break;
        const text = storage.codec.date(next.body, createdAt);
        const result = {
          value: next.value,
          previous: current,
          absence,
          wasSeen,
          createdAt,
          isCookieDue: false,
        };
        if (record !== undefined && text === record.text && !isOver) {
          if (!lifetime.isTouchDue(record, createdAt, now)) return result;
        }
        const expiry = lifetime.expiry(createdAt, now);
        const writing = writeRecord(
          storage,
          key,
          line === undefined ? text : line.next(record, text),
          {
            expiresAt: expiry.expiresAt,
            ttl: expiry.ttl,
            if: record === undefined ? "absent" : { version: record.version },
          },
          deadline,
        );
        if (writing instanceof Promise) turn ??= queue.take(key);
        const answer: WriteResult = writing instanceof Promise ? await writing : writing;
        if (answer.written) {
          isDone = true;
          if (absence !== undefined) events.emit({ type: "created" }, key);
          if (absence !== undefined || !lifetime.endsByIdlenessAlone) return result;
          const isCookieDue = lifetime.isCookieDue(createdAt, record?.expiresAt, now);
          return isCookieDue ? { ...result, isCookieDue } : result;
        }
        if (timeLeft(deadline) <= 0) throw tooManyConflicts();
        const isSame = differsInLineOnly(record, answer.current);
        record = answer.current;
        // Only the first in line retries at once. A writer that finds a line has to join it.
        if (line !== undefined && isSame && writes < MAX_LINE_CHANGES) continue;
        events.emit({ type: "conflict", attempt: run }, key);
        break;
      }
      if (run >= MAX_RUNS) throw tooManyConflicts();
      if (run > IMMEDIATE_RETRIES && line === undefined) {
        turn ??= queue.take(key);
        await pause(Math.min(PAUSE_STEP * (run - IMMEDIATE_RETRIES), MAX_PAUSE));
        if (timeLeft(deadline) <= 0) throw tooManyConflicts();
        record = await readRecord(storage, key, deadline);
      }
    }
  } catch (error) {
    // If the driver did not answer in time (that error has no cause), the waiting verbs must not
    // time out one after another.
    if (error instanceof UnavailableError && error.cause === undefined) queue.release(key);
    throw error;
  } finally {
    if (!isDone && line !== undefined) await line.leave();
    if (turn !== undefined) queue.leave(key, turn);
  }
}

function differsInLineOnly(
  one: DriverRecord | undefined,
  other: DriverRecord | undefined,
): boolean {
  if (one === undefined || other === undefined || one.text === other.text) return false;
  return withoutLine(one.text) === withoutLine(other.text);
}
