import { isPromise, type MaybePromise } from "./maybe-promise.ts";

/**
 * The end of one verb's time: driver calls, retries and waiting together, but not the user's own function.
 */
export class Deadline {
  /** How many milliseconds the verb was given. */
  readonly timeout: number;
  #end: number;

  /**
   * @param timeout - how many milliseconds the verb was given
   * @param left - how many of them are left
   */
  constructor(timeout: number, left: number = timeout) {
    this.timeout = timeout;
    this.#end = performance.now() + left;
  }

  /** A deadline halfway to this one, so that time is left to find out what became of a call. */
  halfway(): Deadline {
    return new Deadline(this.timeout, this.left / 2);
  }

  /** How many milliseconds are left; zero or less once it has passed. */
  get left(): number {
    return this.#end - performance.now();
  }

  /** Runs a function of the user's. The time it takes does not count. */
  stopFor<Result>(run: () => MaybePromise<Result>): MaybePromise<Result> {
    const result = run();
    if (!isPromise(result)) return result;
    const started = performance.now();
    return result.then((value) => {
      this.#end += performance.now() - started;
      return value;
    });
  }

  /** Waits for a promise that never rejects, but no longer than until the end. Returns whether it resolved in time. */
  async waitFor(promise: Promise<unknown>): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), Math.max(0, this.left));
    });
    try {
      return await Promise.race([promise.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
