import { UnavailableError } from "../errors.ts";
import { unref } from "../util/timer.ts";
import { type Deadline, timeLeft } from "./deadline.ts";

/** Identifies a turn. */
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
 * Runs writers of one key one after another within this process, so that they need no retries
 * against each other.
 *
 * Correctness depends on the driver's conditional write alone. So nobody waits for ever. A holder
 * that keeps its turn for longer than `patience` while others wait loses it. A waiter gives up at
 * its own deadline.
 */
export class KeyQueue {
  /** The turn of each key, or a line if others wait for it. The first waiter creates the line. */
  readonly lines: Map<string, Turn | Line> = new Map();
  readonly #patience: number;
  #turns: Turn = 0;

  /** @param patience - milliseconds */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Takes the turn of a key; returns `undefined` if it is taken. Pass every turn to `leave`. */
  take(key: string): Turn | undefined {
    if (this.lines.has(key)) return undefined;
    const turn = ++this.#turns;
    this.lines.set(key, turn);
    return turn;
  }

  /**
   * Waits for the turn of a key that is taken. Pass every turn to `leave`.
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

  /** Passes a turn on to the next waiter. */
  leave(key: string, turn: Turn): void {
    const line = this.lines.get(key);
    if (line === turn) this.lines.delete(key);
    else if (typeof line === "object" && line.holder === turn) this.#advance(key, line);
  }

  /** Lets all waiters go on at once. */
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

  /** Waits until the holder's patience or the time of the first waiter is over. */
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
    `Waited ${timeout} ms for other updates of the session in this process. Nothing was stored.`,
  );
}
