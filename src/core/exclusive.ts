import type { Deadline } from "./deadline.ts";
import { UnavailableError } from "./errors.ts";

/** Runs what must not overlap one after another. */
export class Exclusive {
  /** Never rejects. */
  #running: Promise<void> | undefined;

  /** Whether something is running. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Runs a function when all that came before is done. */
  async run<Result>(deadline: Deadline, run: () => Promise<Result>): Promise<Result> {
    while (this.#running !== undefined) await this.wait(deadline);
    const running = run();
    this.#running = running.then(
      () => {},
      () => {},
    );
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  /**
   * Waits for what is running now.
   *
   * @throws UnavailableError if that takes longer than the deadline allows
   */
  async wait(deadline: Deadline): Promise<void> {
    if (this.#running === undefined || (await deadline.waitFor(this.#running))) return;
    throw new UnavailableError(
      `This verb waited for its whole timeout of ${deadline.timeout} ms for another verb of the same request. Does that one run a function that waits for this one?`,
    );
  }
}
