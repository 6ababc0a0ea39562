import type { Deadline } from "./deadline.ts";
import { unref } from "./timer.ts";

/** Proof of a turn, to be given back. */
export type Turn = number;

interface Waiter {
  /** Called with a turn, or with `undefined` when the waiter's own time is over. */
  readonly start: (turn: Turn | undefined) => void;
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
  readonly #keys = new Map<string, Turn | Line>();
  readonly #patience: number;
  #turns: Turn = 0;

  /** @param patience - milliseconds */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Whether somebody has the key's turn. */
  isBusy(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Takes the turn of a key, unless somebody has it. Every turn taken must be left. */
  take(key: string): Turn | undefined {
    if (this.#keys.has(key)) return undefined;
    const turn = ++this.#turns;
    this.#keys.set(key, turn);
    return turn;
  }

  /**
   * Waits for the turn of a key that somebody has. Every turn must be left.
   *
   * @returns the turn, or `undefined` if the deadline has passed first
   */
  enter(key: string, deadline: Deadline): Promise<Turn | undefined> {
    return new Promise((start) => {
      const waiter: Waiter = { start, deadline, next: undefined };
      let line = this.#keys.get(key);
      if (typeof line !== "object") {
        const since = performance.now();
        line = { holder: line ?? 0, since, first: undefined, last: undefined, timer: undefined };
        this.#keys.set(key, line);
      }
      if (line.last === undefined) line.first = waiter;
      else line.last.next = waiter;
      line.last = waiter;
      this.#watch(key, line);
    });
  }

  /** Whether this turn is still the key's: its holder has not been passed over. */
  holds(key: string, turn: Turn): boolean {
    const line = this.#keys.get(key);
    return line === turn || (typeof line === "object" && line.holder === turn);
  }

  /** Gives a turn up to whoever waits. */
  leave(key: string, turn: Turn): void {
    const line = this.#keys.get(key);
    if (line === turn) this.#keys.delete(key);
    else if (typeof line === "object" && line.holder === turn) this.#advance(key, line);
  }

  /** Lets all who wait go ahead together, where there is nothing to be gained by waiting. */
  release(key: string): void {
    const line = this.#keys.get(key);
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
      this.#keys.delete(key);
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
    const wait = Math.max(0, Math.min(patience, line.first.deadline.left));
    line.timer = unref(setTimeout(() => this.#check(key, line), wait));
  }

  #check(key: string, line: Line): void {
    line.timer = undefined;
    while (line.first !== undefined && line.first.deadline.left <= 0) {
      this.#shift(line)?.start(undefined);
    }
    if (line.first !== undefined && performance.now() >= line.since + this.#patience) {
      this.#advance(key, line);
    } else this.#watch(key, line);
  }
}
