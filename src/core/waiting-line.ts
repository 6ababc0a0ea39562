import type { Deadline } from "./deadline.ts";
import type { DriverRecord } from "./driver.ts";
import { isForwardingMark } from "./forwarding-mark.ts";
import type { GuardedDriver } from "./guarded-driver.ts";
import type { Lifetime } from "./lifetime.ts";
import { pause, tooManyConflicts } from "./retry.ts";

/** One writer in line: its identifier, and for how many milliseconds it may keep the others waiting when it is first. */
type Place = readonly [id: string, milliseconds: number];

/** How a record's text begins while writers stand in line for it. The rest is the text as it would be without. */
const LINE = /^\{"line":(\[(?:\["[\w-]+",\d+\],?)+\]),/;

/** The longest that a dead writer at the front can hold the others up, in milliseconds. */
const MAX_TURN = 1000;
/** The longest pause between two looks at the line, in milliseconds. */
const MAX_PAUSE = 16;

/** Returns a record's text without the line of writers that wait for it. */
export function withoutLine(text: string): string {
  const match = text.startsWith('{"line":') ? LINE.exec(text) : null;
  return match === null ? text : `{${text.slice(match[0].length)}`;
}

/** Whether writers stand in line for this record. */
export function hasLine(text: string): boolean {
  return lineOf(text).length > 0;
}

function lineOf(text: string): readonly Place[] {
  const match = text.startsWith('{"line":') ? LINE.exec(text) : null;
  return match === null ? [] : (JSON.parse(match[1] as string) as Place[]);
}

function withLine(text: string, line: readonly Place[]): string {
  return line.length === 0 ? text : `{"line":${JSON.stringify(line)},${text.slice(1)}`;
}

/** The parts of a definition that standing in line takes. */
interface Parts {
  readonly driver: GuardedDriver;
  readonly lifetime: Lifetime;
}

/**
 * The line of writers of one record, kept in the record itself, so that it holds between processes and machines.
 *
 * A writer that keeps losing to others joins the line by a conditional write, which is quick, as it runs no function of the
 * user's. Whoever finds a line joins it too, instead of writing past it. The first in line writes next. One that died
 * is taken out by the others after the time that it said it needs. Times are distances, so clocks need not agree.
 */
export class WaitingLine {
  readonly #parts: Parts;
  readonly #key: string;
  readonly #deadline: Deadline;
  readonly #id: string = crypto.randomUUID().slice(0, 8);
  #hasJoined = false;

  constructor(parts: Parts, key: string, deadline: Deadline) {
    this.#parts = parts;
    this.#key = key;
    this.#deadline = deadline;
  }

  /** The line that is left when this writer has written `text` over `record`. */
  next(record: DriverRecord | undefined, text: string): string {
    if (record === undefined) return text;
    return withLine(text, this.#others(lineOf(record.text)));
  }

  /**
   * Waits until this writer is the first in line.
   *
   * @param record - a live record
   * @param milliseconds - how long it will take from then to write
   * @returns the record as it is then; it may have ended
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
      if (this.#deadline.left <= 0) throw tooManyConflicts();
      if (current === undefined || isForwardingMark(current.text)) return current;
      const line = lineOf(current.text);
      const index = line.findIndex(([id]) => id === this.#id);
      if (index === 0) return current;
      const head = line[0];
      if (head?.[0] !== first) {
        first = head?.[0];
        since = performance.now();
      }
      if (index === -1) {
        const [next, isWritten] = await this.#rewrite(current, [...line, place]);
        if (isWritten) this.#hasJoined = true;
        else if (++refusals > 2) await pause(Math.min(refusals, MAX_PAUSE));
        current = next;
      } else if (head !== undefined && performance.now() - since > head[1]) {
        [current] = await this.#rewrite(current, line.slice(1));
      } else {
        await pause(Math.min(index + 1, MAX_PAUSE));
        current = await this.#parts.driver.read(this.#key, this.#deadline);
      }
    }
  }

  /** Leaves the line without having written. One who cannot is taken out by the others in time. */
  async leave(): Promise<void> {
    if (!this.#hasJoined) return;
    try {
      let record = await this.#parts.driver.read(this.#key, this.#deadline);
      for (let attempt = 0; record !== undefined && attempt < 8; attempt++) {
        const line = lineOf(record.text);
        const others = this.#others(line);
        if (others.length === line.length) return;
        const [next, isWritten] = await this.#rewrite(record, others);
        if (isWritten) return;
        record = next;
      }
    } catch {
      // The verb fails with what made it leave.
    }
  }

  #others(line: readonly Place[]): readonly Place[] {
    return line.filter(([id]) => id !== this.#id);
  }

  /** Writes the same record with another line. Returns what is there now, and whether that is what was written. */
  async #rewrite(
    record: DriverRecord,
    line: readonly Place[],
  ): Promise<[record: DriverRecord | undefined, isWritten: boolean]> {
    const { driver, lifetime } = this.#parts;
    const text = withLine(withoutLine(record.text), line);
    const expiry = lifetime.remaining(record, lifetime.now());
    const options = { ...expiry, if: { version: record.version } };
    const result = await driver.write(this.#key, text, options, this.#deadline);
    if (!result.written) return [result.current, false];
    return [{ text, version: result.version, expiresAt: record.expiresAt }, true];
  }
}
