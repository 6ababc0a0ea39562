/**
 * The time limit of one verb. Driver calls, retries and waiting count; the user's own functions do
 * not. The clock starts when the verb first waits.
 */
export interface Deadline {
  /** How many milliseconds the verb has. */
  readonly timeout: number;
  /** When the time is over, by `performance.now()`. */
  end: number | undefined;
}

/** Returns how many milliseconds are left: zero or less once the time is over. */
export function timeLeft(deadline: Deadline): number {
  const now = performance.now();
  deadline.end ??= now + deadline.timeout;
  return deadline.end - now;
}

/**
 * Returns a deadline halfway to this one, so that time is left to find out whether a call was
 * carried out.
 */
export function halfway(deadline: Deadline): Deadline {
  return { timeout: deadline.timeout, end: performance.now() + timeLeft(deadline) / 2 };
}

/** Extends a deadline by the time that a user's function takes. */
export function excludeTime<Result>(
  deadline: Deadline,
  running: PromiseLike<Result>,
): Promise<Result> {
  const started = performance.now();
  // It may be a promise of another library, whose `then` returns anything.
  return Promise.resolve(running).then((result) => {
    if (deadline.end !== undefined) deadline.end += performance.now() - started;
    return result;
  });
}

/**
 * Waits for a promise that never rejects, but not beyond the deadline. Returns whether it resolved
 * in time.
 */
export async function waitFor(deadline: Deadline, promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, timeLeft(deadline)));
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
