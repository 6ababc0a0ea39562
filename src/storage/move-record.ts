import type { DriverRecord, DriverVersion, WriteResult } from "../drivers/driver.ts";
import { UnavailableError } from "../errors.ts";
import { MAX_LINE_CHANGES } from "./change-record.ts";
import { type Deadline, halfway, timeLeft, waitFor } from "./deadline.ts";
import { forwardingMark, MARK_TTL } from "./forwarding-mark.ts";
import { withoutLine } from "./line-text.ts";
import { type Mutation, nextValue, refuseInside, UNCHANGED } from "./mutation.ts";
import { deleteRecord, readRecord, writeRecord } from "./records.ts";
import { MAX_RUNS, tooManyConflicts } from "./retry.ts";
import { decodeRecord, deserialize } from "./serialization.ts";
import type { Result, Storage } from "./storage.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Options of `moveRecord`. Without them the record moves unchanged. */
export interface MoveOptions<Value> {
  /** What to store under the new key. */
  readonly mutation?: Mutation<Value> | undefined;
  /** Whether the session starts a new age. */
  readonly restart?: boolean | undefined;
  /** Called just before the old key dies. If it throws, nothing moves. */
  readonly beforeCommit: () => void;
}

/**
 * The outcome of a move. `taken`: the new key already has a record. A result with an `absence`:
 * there was no live record to move. Any other result: the record has moved.
 */
export type Move<Value> = "taken" | Result<Value>;

/**
 * How long the deletion of an abandoned copy may take, in milliseconds. The verb waits for it no
 * longer than its own time.
 */
const RECOVERY_TIMEOUT = 1000;

/**
 * Moves a live record to another driver key and leaves a forwarding mark under the old one.
 *
 * It writes the copy first. Then it replaces the old record, if its version is still the same, by
 * the mark, which no verb reads as a session. Only one such write can succeed, so one of several
 * moves wins. The driver needs only its conditional write on one key. A later removal follows the
 * mark.
 *
 * After a failure the record is under its old key, or has moved. If the answer to the last write is
 * lost, the old record is written again unchanged. The result shows whether the mark was written; a
 * mark that is still on its way is then too late. If this write fails too, the copy stays, because
 * the mark may still arrive.
 *
 * @throws ConflictError when the time or 256 attempts are spent
 */
export async function moveRecord<Value>(
  storage: Storage<Value>,
  from: string,
  to: string,
  options: MoveOptions<Value>,
  deadline: Deadline,
): Promise<Move<Value>> {
  refuseInside(storage, from);
  const { queue } = storage;
  const turn = queue?.take(from) ?? (await queue?.enter(from, deadline));
  try {
    return await moveInTurn(storage, from, to, options, deadline);
  } catch (error) {
    if (error instanceof UnavailableError && error.cause === undefined) queue?.release(from);
    throw error;
  } finally {
    if (turn !== undefined) queue?.leave(from, turn);
  }
}

async function moveInTurn<Value>(
  storage: Storage<Value>,
  from: string,
  to: string,
  { mutation, restart = false, beforeCommit }: MoveOptions<Value>,
  deadline: Deadline,
): Promise<Move<Value>> {
  const { codec, events, lifetime } = storage;
  const line = new WaitingLine(storage, from, deadline);
  let isAbandoned = false;
  let copy: DriverVersion | undefined;
  let isMoved = false;
  let wasSeen = false;
  let duration = 0;
  try {
    let record = await readRecord(storage, from, deadline);
    for (let run = 1; ; run++) {
      if (run > 2) record = await line.turn(record, 2 * duration + 20);
      const started = performance.now();
      const found =
        mutation === undefined
          ? (decodeRecord(storage, from, record, false) as Result<Value>)
          : await deserialize(storage, from, record, false);
      if (found.absence === undefined) wasSeen = true;
      const { createdAt: at, value: previous } = found;
      if (record === undefined || at === undefined) return { ...found, wasSeen };
      const computed =
        mutation && (await nextValue(storage, mutation, previous, from, deadline, record));
      const next = computed === UNCHANGED ? undefined : computed;
      const now = lifetime.now();
      if (lifetime.isOver(record, at, now)) return { ...found, absence: "ended", wasSeen };
      const createdAt = restart ? now : at;
      const text = next === undefined ? withoutLine(record.text) : codec.date(next.body, createdAt);
      const condition = copy === undefined ? "absent" : { version: copy };
      isAbandoned = true;
      const options = { ...lifetime.expiry(createdAt, now), if: condition, retain: true } as const;
      const copying = await writeRecord(storage, to, text, options, deadline);
      if (!copying.written) {
        isAbandoned = false;
        return "taken";
      }
      copy = copying.version;

      beforeCommit();
      // Until the answer arrives, the copy may be the session.
      isAbandoned = false;
      const marking = await markMoved(storage, from, to, record, deadline);
      isAbandoned = true;
      if (marking.written) {
        isMoved = true;
        const value = next === undefined ? previous : next.value;
        return { ...found, value, previous, absence: undefined, wasSeen, createdAt };
      }
      events.emit({ type: "conflict", attempt: run }, from);
      if (run >= MAX_RUNS || timeLeft(deadline) <= 0) throw tooManyConflicts();
      record = marking.current;
      duration = performance.now() - started;
    }
  } finally {
    if (!isMoved) {
      await line.leave();
      // No client knows the copy's key.
      if (isAbandoned) await discard(storage, to, deadline);
    }
  }
}

/** Replaces the old record by the mark. Retries at once if only the line of writers has changed. */
async function markMoved<Value>(
  storage: Storage<Value>,
  from: string,
  to: string,
  record: DriverRecord,
  deadline: Deadline,
): Promise<WriteResult> {
  let known = record;
  for (let writes = 1; ; writes++) {
    const marking = await writeMark(storage, from, to, known, deadline);
    if (marking.written || marking.current === undefined || timeLeft(deadline) <= 0) return marking;
    if (withoutLine(marking.current.text) !== withoutLine(record.text)) return marking;
    if (writes === MAX_LINE_CHANGES) return marking;
    known = marking.current;
  }
}

async function writeMark<Value>(
  storage: Storage<Value>,
  from: string,
  to: string,
  record: DriverRecord,
  deadline: Deadline,
): Promise<WriteResult> {
  const { lifetime } = storage;
  const mark = forwardingMark(to);
  const condition = { version: record.version };
  const expiry = { expiresAt: lifetime.now() + MARK_TTL, ttl: MARK_TTL };
  try {
    const options = { ...expiry, if: condition, retain: true } as const;
    return await writeRecord(storage, from, mark, options, halfway(deadline));
  } catch (error) {
    // The write may have been carried out, or may still be.
    const options = { ...lifetime.remaining(record, lifetime.now()), if: condition };
    const rewriting = await writeRecord(storage, from, record.text, options, deadline);
    if (rewriting.written) {
      await discard(storage, to, deadline);
      throw error;
    }
    const { current } = rewriting;
    return current?.text === mark ? { written: true, version: current.version } : rewriting;
  }
}

/** Deletes an abandoned copy. If that fails, the copy stays unseen until its lifetime ends. */
async function discard<Value>(
  storage: Storage<Value>,
  key: string,
  deadline: Deadline,
): Promise<void> {
  const remove = async (): Promise<void> => {
    try {
      await deleteRecord(storage, key, { timeout: RECOVERY_TIMEOUT, end: undefined });
    } catch {
      // The caller already gets the error that stopped the move.
    }
  };
  await waitFor(deadline, remove());
}
