import { currentFrame, runIn } from "#running-update";
import { UsageError } from "./errors.ts";

/** One call of a user's function, and the call that it was made in. */
interface Frame {
  /** The session: its driver key, or what stands for it before it has one. */
  readonly subject: unknown;
  /** Of which definition it is: others may have the same driver keys. */
  readonly owner: Reentrancy;
  readonly outer: Frame | undefined;
}

const AsyncFunction = (async () => {}).constructor;

/**
 * Notices a verb on a session inside the function that updates this same session. The verb would wait for the update,
 * which waits for the verb.
 *
 * A function that is running is known by a field; that costs next to nothing. Behind an `await` of an `async` function only
 * the runtime knows (`AsyncLocalStorage` on Node.js, Bun and Deno), and it is asked for those functions alone. What cannot be
 * seen: a verb called later by a plain function that returns a promise, and one behind an `await` on other runtimes.
 * Such a verb waits until the queue's patience is over.
 */
export class Reentrancy {
  #running: Frame | undefined;

  /** Runs a user's function that works on a session. */
  run<Result>(subject: unknown, fn: (...args: never[]) => unknown, call: () => Result): Result {
    const outer = this.#running;
    const frame = { subject, owner: this, outer: outer ?? currentFrame() } as Frame;
    this.#running = frame;
    try {
      return fn instanceof AsyncFunction ? runIn(frame, call) : call();
    } finally {
      this.#running = outer;
    }
  }

  /** @throws UsageError inside a function that works on this session */
  refuseInside(subject: unknown): void {
    let frame = this.#running ?? (currentFrame() as Frame | undefined);
    for (; frame !== undefined; frame = frame.outer) {
      if (frame.owner === this && frame.subject === subject) throw calledInside();
    }
  }
}

/** What to throw at a verb that waits for a function which waits for the verb. */
export function calledInside(): UsageError {
  return new UsageError(
    "This session is being updated by a function that calls another verb of the same session and so would wait for itself. Return the new value from the function, or call the verb before or after it.",
  );
}
