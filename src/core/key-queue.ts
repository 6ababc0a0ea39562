import { unref } from "./timer.ts";

/** Proof of a turn, to be given back. */
export type Turn = number;

interface Line {
  holder: Turn;
  /** Starts those who wait, first come first served. */
  readonly waiting: ((turn: Turn) => void)[];
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Lets writers of one key go one after another within this process, so that they do not spend retries on each other.
 *
 * Correctness does not rest on it: the driver's conditional write does that. So nobody waits for ever: whoever keeps
 * the turn for longer than `patience` while others wait has lost it, and the next one goes ahead.
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

  /** Gives the turn of a key that somebody has, when it has come. Every turn given must be left. */
  enter(key: string): Promise<Turn> {
    let line = this.#keys.get(key);
    if (typeof line !== "object") {
      line = { holder: line ?? 0, waiting: [], timer: undefined };
      this.#keys.set(key, line);
    }
    const { waiting } = line;
    const turn = new Promise<Turn>((start) => waiting.push(start));
    this.#watch(key, line);
    return turn;
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
    for (const start of line.waiting.splice(0)) start(++this.#turns);
  }

  #advance(key: string, line: Line): void {
    clearTimeout(line.timer);
    line.timer = undefined;
    const start = line.waiting.shift();
    if (start === undefined) {
      this.#keys.delete(key);
      return;
    }
    line.holder = ++this.#turns;
    start(line.holder);
    if (line.waiting.length > 0) this.#watch(key, line);
  }

  #watch(key: string, line: Line): void {
    line.timer ??= unref(setTimeout(() => this.#advance(key, line), this.#patience));
  }
}
