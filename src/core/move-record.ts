import { Admission } from "./admission.ts";
import { MAX_LINE_CHANGES, type Result, type Step } from "./change-record.ts";
import { Deadline } from "./deadline.ts";
import type { DriverRecord, DriverVersion, WriteResult } from "./driver.ts";
import { forwardingMark, MARK_TTL } from "./forwarding-mark.ts";
import { isPromise } from "./maybe-promise.ts";
import type { RecordParts } from "./record-parts.ts";
import { MAX_RUNS, tooManyConflicts } from "./retry.ts";
import { WaitingLine, withoutLine } from "./waiting-line.ts";

/** What changes on the way. Without any of it the record moves as it is. */
export interface MoveOptions<Value> {
  /** Works out the value that is to be stored under the new key. May run more than once. */
  readonly step?: Step<Value> | undefined;
  /** Whether the session starts a new age. */
  readonly restart?: boolean | undefined;
  /** Called last before the old key dies; what it throws calls the move off. */
  readonly beforeCommit: () => void;
}

/**
 * What became of a move. `taken`: there is something under the new key. A result whose `missing` says something: there was no
 * live record to move. Any other result: it has moved.
 */
export type Move<Value> = "taken" | Result<Value>;

/** How long the deletion of an abandoned copy may take, in milliseconds. Nobody waits for it beyond the verb's own time. */
const RECOVERY_TIMEOUT = 1000;

/**
 * Moves a live record to another driver key and leaves a forwarding mark under the old one.
 *
 * The copy is written first. Then the old record is replaced, if nobody wrote meanwhile, by the mark, which no verb takes for
 * a session. Only one such write can succeed, so of several moves one wins; and a driver needs no more than its
 * conditional write, one key a call. A removal that comes later follows the mark.
 *
 * A failure leaves the record under its old key, or moved. Where the answer to the last write is lost, the old record is
 * written again as it is: that tells what became of the mark, and one that is still on its way is then too late. Where that
 * fails too, the copy stays, since the mark may yet come.
 *
 * @throws ConflictError when the time or 32 attempts are spent
 */
export async function moveRecord<Value>(
  parts: RecordParts<Value>,
  from: string,
  to: string,
  { step, restart = false, beforeCommit }: MoveOptions<Value>,
  deadline: Deadline,
): Promise<Move<Value>> {
  const { driver, events, lifetime, reader } = parts;
  const line = new WaitingLine(parts, from, deadline);
  let isAbandoned = false;
  let copy: DriverVersion | undefined;
  let isMoved = false;
  let wasSeen = false;
  let duration = 0;
  try {
    let record = await driver.read(from, deadline);
    for (let run = 1; ; run++) {
      if (run > 2) record = await line.turn(record, 2 * duration + 20);
      const started = performance.now();
      const opened =
        step === undefined
          ? reader.decode(from, record, false)
          : await reader.open(from, record, false);
      const { missing, at } = opened;
      if (missing === undefined) wasSeen = true;
      const found = {
        value: undefined,
        previous: undefined,
        wasSeen,
        createdAt: at,
        isCookieDue: false,
      };
      if (record === undefined || at === undefined) return { ...found, missing };
      const previous = opened.value as Value;
      const stepping = deadline.stopFor(() => step?.(previous, from));
      const input = isPromise(stepping) ? await stepping : stepping;
      const admission = input instanceof Admission ? input : step && (await parts.admit(input));
      const now = lifetime.now();
      if (lifetime.isOver(record, at, now)) return { ...found, missing: "ended" };
      const createdAt = restart ? now : at;
      const text = admission === undefined ? withoutLine(record.text) : admission.text(createdAt);
      const expiry = lifetime.expiry(createdAt, now);
      const condition = copy === undefined ? "absent" : { version: copy };
      isAbandoned = true;
      const options = { ...expiry, if: condition, retain: true } as const;
      const copying = await driver.write(to, text, options, deadline);
      if (!copying.written) {
        isAbandoned = false;
        return "taken";
      }
      copy = copying.version;

      beforeCommit();
      // Until the answer is there, the copy may be the session.
      isAbandoned = false;
      const marking = await markMoved(parts, from, to, record, deadline);
      isAbandoned = true;
      if (marking.written) {
        isMoved = true;
        return { ...found, missing: undefined, value: admission?.value, previous, createdAt };
      }
      events.tell({ type: "conflict", attempt: run }, from);
      if (run >= MAX_RUNS || deadline.left <= 0) throw tooManyConflicts();
      record = marking.current;
      duration = performance.now() - started;
    }
  } finally {
    if (!isMoved) {
      await line.leave();
      // Nobody has been told of the copy.
      if (isAbandoned) await discard(parts, to, deadline);
    }
  }
}

/** Replaces the old record by the mark. Where only the line of writers has changed, tries again at once. */
async function markMoved<Value>(
  parts: RecordParts<Value>,
  from: string,
  to: string,
  record: DriverRecord,
  deadline: Deadline,
): Promise<WriteResult> {
  let known = record;
  for (let writes = 1; ; writes++) {
    const marking = await writeMark(parts, from, to, known, deadline);
    if (marking.written || marking.current === undefined || deadline.left <= 0) return marking;
    if (withoutLine(marking.current.text) !== withoutLine(record.text)) return marking;
    if (writes === MAX_LINE_CHANGES) return marking;
    known = marking.current;
  }
}

async function writeMark<Value>(
  { driver, lifetime }: RecordParts<Value>,
  from: string,
  to: string,
  record: DriverRecord,
  deadline: Deadline,
): Promise<WriteResult> {
  const mark = forwardingMark(to);
  const condition = { version: record.version };
  const expiry = { expiresAt: lifetime.now() + MARK_TTL, ttl: MARK_TTL };
  try {
    const options = { ...expiry, if: condition, retain: true } as const;
    return await driver.write(from, mark, options, deadline.halfway());
  } catch (error) {
    // It may have been carried out, or may yet be.
    const options = { ...lifetime.remaining(record, lifetime.now()), if: condition };
    const rewriting = await driver.write(from, record.text, options, deadline);
    if (rewriting.written) {
      await discard({ driver }, to, deadline);
      throw error;
    }
    const { current } = rewriting;
    return current?.text === mark ? { written: true, version: current.version } : rewriting;
  }
}

/** Deletes an abandoned copy. One that cannot be deleted ends by its lifetime, unseen. */
async function discard<Value>(
  { driver }: Pick<RecordParts<Value>, "driver">,
  key: string,
  deadline: Deadline,
): Promise<void> {
  const remove = async (): Promise<void> => {
    try {
      await driver.remove(key, new Deadline(RECOVERY_TIMEOUT));
    } catch {
      // What stopped the move is thrown already.
    }
  };
  await deadline.waitFor(remove());
}
