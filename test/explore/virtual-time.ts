/** A timer that is set. */
interface Timer {
  readonly at: number;
  readonly run: () => void;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  dateNow: Date.now,
  performanceNow: performance.now,
  random: Math.random,
};

/**
 * Time that moves only when it is told to: `setTimeout`, `Date.now` and `performance.now` go by it
 * between `install` and `uninstall`. `Math.random` is fixed, so that a schedule can be repeated.
 */
export class VirtualTime {
  readonly #timers = new Map<object, Timer>();
  readonly #start: number = Date.now();
  #now = 0;

  /** How many milliseconds have passed. */
  get now(): number {
    return this.#now;
  }

  /** Whether a timer is set. */
  get hasTimers(): boolean {
    return this.#timers.size > 0;
  }

  /** Replaces the time of this process. */
  install(): void {
    globalThis.setTimeout = this.#set as unknown as typeof setTimeout;
    globalThis.clearTimeout = this.#clear;
    Date.now = () => this.#start + this.#now;
    performance.now = () => this.#now;
    Math.random = () => 0.5;
  }

  /** Gives the process its own time back. */
  uninstall(): void {
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
    Date.now = real.dateNow;
    performance.now = real.performanceNow;
    Math.random = real.random;
  }

  /** Runs what needs real time, such as a call to a server. */
  async outside<Result>(run: () => Result): Promise<Awaited<Result>> {
    this.uninstall();
    try {
      return await run();
    } finally {
      this.install();
    }
  }

  /** Moves on to the next timer and runs it. */
  advance(): void {
    let [next] = this.#timers;
    for (const timer of this.#timers) if (timer[1].at < (next?.[1].at ?? 0)) next = timer;
    if (next === undefined) throw new Error("no timer is set");
    const [handle, { at, run }] = next;
    this.#timers.delete(handle);
    this.#now = Math.max(this.#now, at);
    run();
  }

  /** Moves on by so many milliseconds and runs no timer. */
  skip(milliseconds: number): void {
    this.#now += milliseconds;
  }

  readonly #set = (run: () => void, milliseconds = 0): object => {
    const handle = { unref: () => handle };
    this.#timers.set(handle, { at: this.#now + Math.max(0, milliseconds), run });
    return handle;
  };

  readonly #clear = (handle: unknown): void => {
    // Some other part of the process may have set it before.
    if (!this.#timers.delete(handle as object)) real.clearTimeout(handle as NodeJS.Timeout);
  };
}
