import type { DriverRecord } from "../drivers/driver.ts";
import { type Deadline, timeLeft } from "./deadline.ts";
import { isForwardingMark } from "./forwarding-mark.ts";
import { lineOf, type Place, withLine, withoutLine } from "./line-text.ts";
import { readRecord, writeRecord } from "./records.ts";
import { pause, tooManyConflicts } from "./retry.ts";
import type { Storage } from "./storage.ts";

/** How long a dead writer at the front can delay the others, in milliseconds. */
const MAX_TURN = 1000;
/** The longest pause between two looks at the line, in milliseconds. */
const MAX_PAUSE = 16;
/**
 * The most writers in line. Each one that joins or looks takes time from the first: 128 writers on
 * Redis that all stood in line were so busy with it that most of them ran out of time.
 */
const MAX_LINE = 8;
/** The longest pause of a writer that waits for a place in line, in milliseconds. */
const OUTSIDE_PAUSE = 100;

/**
 * A line of writers that keep losing. It is stored in the record itself, so it works across
 * processes and machines.
 *
 * A writer joins the line by a conditional write. This is quick, because it runs no user's
 * function. The first in line writes next. Other writers let the line pass; see `letLinePass`. If a
 * writer dies, the others remove it after the time that it announced. Times are durations, so
 * clocks need not agree.
 */
export class WaitingLine {
  readonly #storage: Storage<unknown>;
  readonly #key: string;
  readonly #deadline: Deadline;
  readonly #id: string = crypto.randomUUID().slice(0, 8);
  #hasJoined = false;

  constructor(storage: Storage<unknown>, key: string, deadline: Deadline) {
    this.#storage = storage;
    this.#key = key;
    this.#deadline = deadline;
  }

  /** Returns the text to write over `record`, with the rest of the line. */
  next(record: DriverRecord | undefined, text: string): string {
    if (record === undefined) return text;
    return withLine(text, this.#others(lineOf(record.text)));
  }

  /**
   * Waits until this writer is the first in line.
   *
   * @param record - a live record
   * @param milliseconds - how long this writer will need to write
   * @returns the record at that time; it may have ended
   * @throws ConflictError at the deadline
   */
  async turn(
    record: DriverRecord | undefined,
    milliseconds: number,
  ): Promise<DriverRecord | undefined> {
    const place: Place = [this.#id, Math.min(MAX_TURN, Math.ceil(milliseconds))];
    let current = record;
    let first: string | undefined;
    let since = 0;
    for (let refusals = 0; ; ) {
      if (timeLeft(this.#deadline) <= 0) throw tooManyConflicts();
      if (current === undefined || isForwardingMark(current.text)) return current;
      const line = lineOf(current.text);
      const index = line.findIndex(([id]) => id === this.#id);
      if (index === 0) return current;
      const head = line[0];
      if (head?.[0] !== first) {
        first = head?.[0];
        since = performance.now();
      }
      if (index === -1 && line.length < MAX_LINE) {
        const [next, isWritten] = await this.#rewrite(current, [...line, place]);
        if (isWritten) this.#hasJoined = true;
        else if (++refusals > 2) await pause(Math.min(refusals, MAX_PAUSE));
        current = next;
      } else if (head !== undefined && performance.now() - since > head[1]) {
        [current] = await this.#rewrite(current, line.slice(1));
      } else {
        await pause(index === -1 ? OUTSIDE_PAUSE : Math.min(index + 1, MAX_PAUSE));
        current = await readRecord(this.#storage, this.#key, this.#deadline);
      }
    }
  }

  /** Notes that this writer has written, which took it out of the line. */
  hasLeft(): void {
    this.#hasJoined = false;
  }

  /**
   * Leaves the line without writing. If that fails, the others remove this writer after its time.
   */
  async leave(): Promise<void> {
    if (!this.#hasJoined) return;
    try {
      let record = await readRecord(this.#storage, this.#key, this.#deadline);
      for (let attempt = 0; record !== undefined && attempt < 8; attempt++) {
        const line = lineOf(record.text);
        const others = this.#others(line);
        if (others.length === line.length) return;
        const [next, isWritten] = await this.#rewrite(record, others);
        if (isWritten) return;
        record = next;
      }
    } catch {
      // The verb already fails with the error that made it leave.
    }
  }

  #others(line: readonly Place[]): readonly Place[] {
    return line.filter(([id]) => id !== this.#id);
  }

  /**
   * Writes the same record with another line. Returns the current record, and whether this write
   * succeeded.
   */
  async #rewrite(
    record: DriverRecord,
    line: readonly Place[],
  ): Promise<[record: DriverRecord | undefined, isWritten: boolean]> {
    const { lifetime } = this.#storage;
    const text = withLine(withoutLine(record.text), line);
    const expiry = lifetime.remaining(record, lifetime.now());
    const options = { ...expiry, if: { version: record.version } };
    const result = await writeRecord(this.#storage, this.#key, text, options, this.#deadline);
    if (!result.written) return [result.current, false];
    return [{ text, version: result.version, expiresAt: record.expiresAt }, true];
  }
}

/** How often a writer checks whether the line has passed before it joins. */
const MAX_LOOKS = 8;

/**
 * Waits for a moment while writers stand in line. Lines are short and pass quickly.
 *
 * @returns the record at that time; if it still has a line, join it
 */
export async function letLinePass(
  storage: Storage<unknown>,
  key: string,
  record: DriverRecord | undefined,
  deadline: Deadline,
): Promise<DriverRecord | undefined> {
  let current = record;
  for (let looks = 1; looks <= MAX_LOOKS && timeLeft(deadline) > 0; looks++) {
    await pause(looks);
    current = await readRecord(storage, key, deadline);
    if (current === undefined || lineOf(current.text).length === 0) break;
  }
  return current;
}
