import { UnavailableError } from "../errors.ts";
import { type Deadline, waitFor } from "../storage/deadline.ts";

/** Runs functions one after another that must not overlap. */
export class Exclusive {
  /** The function that is running, if one is. It never rejects. */
  running: Promise<void> | undefined;

  /** Runs a function after all earlier ones. */
  async run<Result>(deadline: Deadline, run: () => Promise<Result>): Promise<Result> {
    while (this.running !== undefined) await this.wait(deadline);
    const result = run();
    this.running = result.then(
      () => {},
      () => {},
    );
    try {
      return await result;
    } finally {
      this.running = undefined;
    }
  }

  /**
   * Waits for the function that is running.
   *
   * @throws UnavailableError if that takes longer than the deadline allows
   */
  async wait(deadline: Deadline): Promise<void> {
    if (this.running === undefined || (await waitFor(deadline, this.running))) return;
    throw new UnavailableError(
      `Waited ${deadline.timeout} ms for another verb of the same request. Does its function wait for this verb?`,
    );
  }
}
