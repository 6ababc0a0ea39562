import { UnavailableError } from "../errors.ts";
import { unref } from "../util/timer.ts";
import { type Deadline, timeLeft } from "./deadline.ts";

/** Proof of a turn, to be given back. */
export type Turn = number;

interface Waiter {
  readonly start: (turn: Turn) => void;
  /** Called when the waiter's own time is over. */
  readonly giveUp: (error: UnavailableError) => void;
  readonly deadline: Deadline;
  next: Waiter | undefined;
}

interface Line {
  holder: Turn;
  /** When the holder got its turn, by `performance.now()`. */
  since: number;
  first: Waiter | undefined;
  last: Waiter | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Lets writers of one key go one after another within this process, so that they spend no retries on each other.
 *
 * Correctness does not rest on it: the driver's conditional write does that. So nobody waits for ever. A holder that keeps
 * its turn for longer than `patience` while others wait loses it, and a waiter gives up at its own deadline.
 */
export class KeyQueue {
  /** A bare turn where nobody waits, which is nearly always: the first who has to wait makes the line. */
  readonly lines: Map<string, Turn | Line> = new Map();
  readonly #patience: number;
  #turns: Turn = 0;

  /** @param patience - milliseconds */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Takes the turn of a key, unless somebody has it. Every turn taken must be left. */
  take(key: string): Turn | undefined {
    if (this.lines.has(key)) return undefined;
    const turn = ++this.#turns;
    this.lines.set(key, turn);
    return turn;
  }

  /**
   * Waits for the turn of a key that somebody has. Every turn must be left.
   *
   * @throws UnavailableError if the deadline passes first
   */
  enter(key: string, deadline: Deadline): Promise<Turn> {
    // The time starts now, not when the waiter becomes the first in line.
    timeLeft(deadline);
    return new Promise((start, giveUp) => {
      const waiter: Waiter = { start, giveUp, deadline, next: undefined };
      let line = this.lines.get(key);
      if (typeof line !== "object") {
        const since = performance.now();
        line = { holder: line ?? 0, since, first: undefined, last: undefined, timer: undefined };
        this.lines.set(key, line);
      }
      if (line.last === undefined) line.first = waiter;
      else line.last.next = waiter;
      line.last = waiter;
      this.#watch(key, line);
    });
  }

  /** Gives a turn up to whoever waits. */
  leave(key: string, turn: Turn): void {
    const line = this.lines.get(key);
    if (line === turn) this.lines.delete(key);
    else if (typeof line === "object" && line.holder === turn) this.#advance(key, line);
  }

  /** Lets all who wait go ahead together, where there is nothing to be gained by waiting. */
  release(key: string): void {
    const line = this.lines.get(key);
    if (typeof line !== "object") return;
    for (let waiter = this.#shift(line); waiter !== undefined; waiter = this.#shift(line)) {
      waiter.start(++this.#turns);
    }
  }

  #advance(key: string, line: Line): void {
    clearTimeout(line.timer);
    line.timer = undefined;
    const waiter = this.#shift(line);
    if (waiter === undefined) {
      this.lines.delete(key);
      return;
    }
    line.holder = ++this.#turns;
    line.since = performance.now();
    waiter.start(line.holder);
    if (line.first !== undefined) this.#watch(key, line);
  }

  #shift(line: Line): Waiter | undefined {
    const waiter = line.first;
    line.first = waiter?.next;
    if (line.first === undefined) line.last = undefined;
    return waiter;
  }

  /** Waits for the first of two ends: the holder's patience, or the time of whoever has waited longest. */
  #watch(key: string, line: Line): void {
    if (line.timer !== undefined || line.first === undefined) return;
    const patience = line.since + this.#patience - performance.now();
    const wait = Math.max(0, Math.min(patience, timeLeft(line.first.deadline)));
    line.timer = unref(setTimeout(() => this.#check(key, line), wait));
  }

  #check(key: string, line: Line): void {
    line.timer = undefined;
    while (line.first !== undefined && timeLeft(line.first.deadline) <= 0) {
      const late = this.#shift(line);
      late?.giveUp(waitedTooLong(late.deadline));
    }
    if (line.first !== undefined && performance.now() >= line.since + this.#patience) {
      this.#advance(key, line);
    } else this.#watch(key, line);
  }
}

function waitedTooLong({ timeout }: Deadline): UnavailableError {
  return new UnavailableError(
    `This verb waited for its whole timeout of ${timeout} ms while other updates of the session were running in this process. Nothing was stored.`,
  );
}
