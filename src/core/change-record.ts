import { Admission } from "./admission.ts";
import type { Deadline } from "./deadline.ts";
import type { DriverRecord, WriteResult } from "./driver.ts";
import { UnavailableError } from "./errors.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { RecordParts } from "./record-parts.ts";
import type { Missing } from "./record-reader.ts";
import { MAX_RUNS, tooManyConflicts } from "./retry.ts";
import { hasLine, WaitingLine, withoutLine } from "./waiting-line.ts";

/** What a step gives back to leave the record as it is. */
export const KEEP: unique symbol = Symbol("keep");

/**
 * Works out what to store from what is stored. May run more than once, each time on a fresh copy.
 *
 * @param subject - what stands for the session while a function of the user's runs on it; see `Reentrancy`
 */
export type Step<Value> = (current: Value | undefined, subject: unknown) => MaybePromise<unknown>;

/** How a change differs from the usual. */
export interface ChangeOptions {
  /** Whether a record that cannot be read counts as absent, whatever the definition says. */
  readonly lenient?: boolean | undefined;
  /**
   * What to do where there is no value: run the step and create a record (the default), keep everything as it is, or
   * run the step only if there is a record that cannot be read.
   */
  readonly ifMissing?: "create" | "keep" | "replace-invalid" | undefined;
}

/** What a verb found, and what is there now. */
export interface Result<Value> {
  /** The value that is there now. */
  readonly value: Value | undefined;
  /** The value that was there before. */
  readonly previous: Value | undefined;
  /** Why there was none. */
  readonly missing: Missing | undefined;
  /** Whether this verb came upon a live session at any time, even if it has ended since. */
  readonly wasSeen: boolean;
  /** When the session was created, in milliseconds since 1970, if there is one. */
  readonly createdAt: number | undefined;
  /** Whether this use makes a cookie due that has to be renewed. */
  readonly isCookieDue: boolean;
}

/** How long a run of a step may take, in milliseconds, before one lost race is enough to stand in line. */
const SLOW = 5;
/** How often a write is tried again because only the line of writers has changed. */
export const MAX_LINE_CHANGES = 16;
/** How often a quick step may lose before it stands in line. */
const QUICK_LOSSES = 2;

/**
 * Changes a value atomically: reads it, asks `step` what should be there, and writes that on condition that nobody wrote
 * meanwhile; else starts over from what they wrote. A step that keeps losing stands in line; see {@link WaitingLine}.
 *
 * Where driver, schema and step answer at once, nothing here waits.
 *
 * @throws ConflictError when the time or 32 runs of the step are spent
 */
export async function changeRecord<Value>(
  parts: RecordParts<Value>,
  key: string,
  step: Step<Value>,
  { lenient = false, ifMissing = "create" }: ChangeOptions,
  deadline: Deadline,
): Promise<Result<Value>> {
  const { driver, events, lifetime, queue, reader } = parts;
  let turn = queue.isBusy(key) ? await parts.enterQueue(key, deadline) : undefined;
  // A turn is needed only across a wait: what does not wait cannot be interrupted.
  const wait = <Answer>(answer: PromiseLike<Answer>): PromiseLike<Answer> => {
    turn ??= queue.take(key);
    return answer;
  };
  let line: WaitingLine | undefined;
  let isDone = false;
  let wasSeen = false;
  /** How long the last run took with its write, in milliseconds. */
  let duration = 0;
  try {
    const reading = driver.read(key, deadline);
    let record = isPromise(reading) ? await wait(reading) : reading;
    for (let run = 1; ; run++) {
      const opening = reader.open(key, record, lenient);
      let opened = isPromise(opening) ? await wait(opening) : opening;
      const isContended =
        run > QUICK_LOSSES || duration > SLOW || (record !== undefined && hasLine(record.text));
      if (isContended && opened.missing === undefined) {
        line ??= new WaitingLine(parts, key, deadline);
        record = await wait(line.turn(record, 2 * duration + 20));
        opened = await reader.open(key, record, lenient);
      }
      const { missing, value: previous, at: createdAt } = opened;
      if (missing === undefined) wasSeen = true;
      const found = { value: previous, previous, missing, wasSeen, createdAt, isCookieDue: false };
      if (missing !== undefined && ifMissing !== "create") {
        if (ifMissing === "keep" || missing !== "invalid") return found;
      }
      const started = performance.now();
      const stepping = deadline.stopFor(() => step(previous, key));
      const input = isPromise(stepping) ? await wait(stepping) : stepping;
      if (input === KEEP) return found;
      const admitting = input instanceof Admission ? input : parts.admit(input);
      const admission = isPromise(admitting) ? await wait(admitting) : admitting;

      for (let writes = 1; ; writes++) {
        const now = lifetime.now();
        const at = createdAt ?? now;
        const isOver = record !== undefined && lifetime.isOver(record, at, now);
        // The step may have taken its time: the session it started from may have ended by now.
        if (missing === undefined && isOver) break;
        const text = admission.text(at);
        const result = { ...found, value: admission.value, createdAt: at };
        const isSame = record !== undefined && text === record.text && !isOver;
        if (isSame && !lifetime.isTouchDue(record as DriverRecord, at, now)) return result;
        const writing = driver.write(
          key,
          line === undefined ? text : line.next(record, text),
          {
            ...lifetime.expiry(at, now),
            if: record === undefined ? "absent" : { version: record.version },
          },
          deadline,
        );
        const answer: WriteResult = isPromise(writing) ? await wait(writing) : writing;
        if (answer.written) {
          isDone = true;
          if (missing !== undefined) events.tell({ type: "created" }, key);
          const wasLive = missing === undefined;
          const isCookieDue = wasLive && lifetime.isCookieDue(at, record?.expiresAt, now);
          return { ...result, isCookieDue };
        }
        if (deadline.left <= 0) throw tooManyConflicts();
        const hasChanged = !isSameValue(record, answer.current);
        record = answer.current;
        if (missing === undefined && !hasChanged && writes < MAX_LINE_CHANGES) continue;
        events.tell({ type: "conflict", attempt: run }, key);
        break;
      }
      if (run >= MAX_RUNS) throw tooManyConflicts();
      duration = performance.now() - started;
    }
  } catch (error) {
    // Where the driver did not answer in time (that error has no cause), nobody is to find that out one after another.
    if (error instanceof UnavailableError && error.cause === undefined) queue.release(key);
    throw error;
  } finally {
    if (!isDone && line !== undefined) await line.leave();
    if (turn !== undefined) queue.leave(key, turn);
  }
}

/** Whether two records differ only in who waits for them. */
function isSameValue(one: DriverRecord | undefined, other: DriverRecord | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.text !== other.text && withoutLine(one.text) === withoutLine(other.text);
}
