import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";

/**
 * How long to retry at most while another process or transaction is in the way, in milliseconds.
 */
export const BUSY_TIMEOUT = 5000;
/** The longest pause before the next attempt, in milliseconds. */
const MAX_PAUSE = 10;
/**
 * How early a timer may fire, in milliseconds: the call may fail for the caller that much sooner.
 */
const TIMER_ERROR = 1;

/**
 * Returns the last moment, by `performance.now()`, at which a call may be carried out.
 *
 * @param timeout - how many milliseconds from now the caller waits; `undefined` is without limit
 */
export function endOf(timeout: number | undefined): number {
  return performance.now() + (timeout ?? Infinity) - TIMER_ERROR;
}

/**
 * Runs work; runs it again after a transient error, but never after `end`.
 *
 * @param work - is run at once, and must have had no effect when it fails with a transient error
 * @param isTransient - returns whether an error may be gone at the next attempt
 * @param end - by `performance.now()`
 * @throws the last error of `work`
 */
export function retryUntil<Result>(
  end: number,
  isTransient: (error: unknown) => boolean,
  work: () => MaybePromise<Result>,
): MaybePromise<Result> {
  const retry = async (error: unknown): Promise<Result> => {
    if (!isTransient(error)) throw error;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE));
    if (performance.now() >= end) throw error;
    return retryUntil(end, isTransient, work);
  };
  let result: MaybePromise<Result>;
  try {
    result = work();
  } catch (error) {
    // Other errors are thrown at once, not in a promise.
    if (!isTransient(error)) throw error;
    return retry(error);
  }
  return isPromise(result) ? result.then(undefined, retry) : result;
}
