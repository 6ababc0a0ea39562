import type { Conflict, DriverRecord, WriteResult } from "../drivers/driver.ts";
import { UnavailableError } from "../errors.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { type Deadline, timeLeft } from "./deadline.ts";
import type { Turn } from "./key-queue.ts";
import { LINE_HEAD, withoutLine } from "./line-text.ts";
import { type Mutation, nextValue, refuseInside, UNCHANGED } from "./mutation.ts";
import { readRecord, writeRecord } from "./records.ts";
import { MAX_RUNS, pause, tooManyConflicts } from "./retry.ts";
import { deserialize, type Serialized } from "./serialization.ts";
import type { AbsenceReason, Result, Storage } from "./storage.ts";
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

/** What an attempt to change a record has done already. Each part follows from the ones before. */
interface Progress<Value> {
  record?: MaybePromise<DriverRecord | undefined>;
  found?: MaybePromise<Result<Value>>;
  next?: MaybePromise<Serialized<Value> | typeof UNCHANGED>;
  answer?: MaybePromise<Answer<Value>>;
}

/** The result of the verb; or what is there instead; or `undefined` if the session has ended. */
type Answer<Value> = Result<Value> | Conflict | undefined;

/**
 * Changes a value atomically: reads the record, computes the next value, and writes it if the
 * version is still the same. If another write wins, it starts over with the new record. A writer
 * that keeps losing stands in line; see {@link WaitingLine}.
 *
 * If driver, schema and update return no promises, nothing here waits.
 *
 * @throws ConflictError when the time or 256 runs are spent
 */
export function changeRecord<Value>(
  storage: Storage<Value>,
  key: string,
  mutation: Mutation<Value>,
  options: ChangeOptions,
  deadline: Deadline,
): MaybePromise<Result<Value>> {
  refuseInside(storage, key);
  const { queue } = storage;
  if (queue?.lines.has(key))
    return queue
      .enter(key, deadline)
      .then((turn) => changeInTurn(storage, key, mutation, options, deadline, {}, turn));
  // A turn is needed only across a wait, because code that does not wait cannot be interrupted.
  const wait = (progress: Progress<Value>): Promise<Result<Value>> =>
    changeInTurn(storage, key, mutation, options, deadline, progress, queue?.take(key));
  const record = readRecord(storage, key, deadline);
  if (record instanceof Promise) return wait({ record });
  const found = deserialize(storage, key, record, options.ignoreInvalid === true);
  if (found instanceof Promise || record?.text.startsWith(LINE_HEAD))
    return wait({ record, found });
  if (found.absence !== undefined && !mayReplace(found.absence, options)) return found;
  const next = nextValue(storage, mutation, found.value, key, deadline, record);
  if (next instanceof Promise) return wait({ record, found, next });
  if (next === UNCHANGED) return found;
  const answer = writeNext(storage, key, record, found, next, undefined, deadline);
  if (answer === undefined || answer instanceof Promise || "written" in answer)
    return wait({ record, found, next, answer });
  return answer;
}

/** Goes on with a change that has to wait. It has the turn, unless another took it meanwhile. */
async function changeInTurn<Value>(
  storage: Storage<Value>,
  key: string,
  mutation: Mutation<Value>,
  options: ChangeOptions,
  deadline: Deadline,
  progress: Progress<Value>,
  turn: Turn | undefined,
): Promise<Result<Value>> {
  const { events, queue } = storage;
  const ignoreInvalid = options.ignoreInvalid === true;
  let { found: finding, next: computing, answer: answering } = progress;
  let line: WaitingLine | undefined;
  let wasSeen = false;
  /** How long the last update took, in milliseconds. */
  let duration = 0;
  try {
    let record = await (progress.record ?? readRecord(storage, key, deadline));
    for (let run = 1; ; run++) {
      let found = await (finding ?? deserialize(storage, key, record, ignoreInvalid));
      if (found.absence === undefined && answering === undefined) {
        const isLosing = run > QUICK_LOSSES || duration > SLOW;
        if (isLosing || record?.text.startsWith(LINE_HEAD)) {
          if (!isLosing) record = await letLinePass(storage, key, record, deadline);
          if (isLosing || record?.text.startsWith(LINE_HEAD)) {
            line ??= new WaitingLine(storage, key, deadline);
            record = await line.turn(record, 2 * duration + 20);
          }
          found = await deserialize(storage, key, record, ignoreInvalid);
        }
      }
      wasSeen ||= found.wasSeen;
      found = { ...found, wasSeen };
      if (found.absence !== undefined && !mayReplace(found.absence, options)) return found;

      const started = performance.now();
      computing ??= nextValue(storage, mutation, found.value, key, deadline, record);
      const isSlow = computing instanceof Promise;
      const next = await computing;
      duration = isSlow ? performance.now() - started : 0;
      if (next === UNCHANGED) return found;

      for (let writes = 1; ; writes++) {
        const answer = await (answering ??
          writeNext(storage, key, record, found, next, line, deadline));
        answering = undefined;
        if (answer === undefined) break;
        if (!("written" in answer)) return answer;
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
        await pause(Math.min(PAUSE_STEP * (run - IMMEDIATE_RETRIES), MAX_PAUSE));
        if (timeLeft(deadline) <= 0) throw tooManyConflicts();
        record = await readRecord(storage, key, deadline);
      }
      finding = computing = undefined;
    }
  } catch (error) {
    // If the driver did not answer in time (that error has no cause), the waiting verbs must not
    // time out one after another.
    if (error instanceof UnavailableError && error.cause === undefined) queue?.release(key);
    throw error;
  } finally {
    await line?.leave();
    if (turn !== undefined) queue?.leave(key, turn);
  }
}

/** Returns whether to store a value where there is none. */
function mayReplace(absence: AbsenceReason, { ifAbsent }: ChangeOptions): boolean {
  return ifAbsent === "create" || (ifAbsent === "replace-invalid" && absence === "invalid");
}

/**
 * Writes the next value over the record that it was computed from, if that is still the same.
 * Writes nothing if the record would stay as it is.
 */
function writeNext<Value>(
  storage: Storage<Value>,
  key: string,
  record: DriverRecord | undefined,
  found: Result<Value>,
  next: Serialized<Value>,
  line: WaitingLine | undefined,
  deadline: Deadline,
): MaybePromise<Answer<Value>> {
  const { lifetime } = storage;
  const now = lifetime.now();
  const createdAt = found.createdAt ?? now;
  const isOver = record !== undefined && lifetime.isOver(record, createdAt, now);
  // The update may have taken long, so the session that it started from may have ended by now.
  if (found.createdAt !== undefined && isOver) return undefined;
  const { absence, value: previous, wasSeen } = found;
  const { expiresAt, ttl } = lifetime.expiry(createdAt, now);
  const isCookieDue =
    absence === undefined && lifetime.isCookieDue(createdAt, record?.expiresAt, now);
  const text = storage.codec.date(next.body, createdAt);
  const { value } = next;
  if (record !== undefined && text === record.text && !isOver) {
    if (!lifetime.isTouchDue(record, createdAt, now))
      return { value, previous, absence, wasSeen, createdAt, isCookieDue: false };
  }
  const writing = writeRecord(
    storage,
    key,
    line === undefined ? text : line.next(record, text),
    { expiresAt, ttl, if: record === undefined ? "absent" : { version: record.version } },
    deadline,
  );
  const done = (answer: WriteResult): Answer<Value> => {
    if (!answer.written) return answer;
    line?.hasLeft();
    if (absence !== undefined) storage.events.emit({ type: "created" }, key);
    return { value, previous, absence, wasSeen, createdAt, isCookieDue };
  };
  return writing instanceof Promise ? writing.then(done) : done(writing);
}

function differsInLineOnly(
  one: DriverRecord | undefined,
  other: DriverRecord | undefined,
): boolean {
  if (one === undefined || other === undefined || one.text === other.text) return false;
  return withoutLine(one.text) === withoutLine(other.text);
}
