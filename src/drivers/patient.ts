import { isPromise, type MaybePromise } from "../core/maybe-promise.ts";

/** How long to wait until what is in the way has passed, in milliseconds. */
export const PATIENCE = 5000;
/** How long to wait before the next attempt at most. */
const PAUSE = 10;

/** Does work, and where something that passes is in its way, again until it has passed or time is up. */
export function patient<Result>(
  work: () => MaybePromise<Result>,
  passes: (error: unknown) => boolean,
  end: number = performance.now() + PATIENCE,
): MaybePromise<Result> {
  const again = async (error: unknown): Promise<Result> => {
    if (!passes(error) || performance.now() > end) throw error;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE));
    return patient(work, passes, end);
  };
  let result: MaybePromise<Result>;
  try {
    result = work();
  } catch (error) {
    // What cannot be waited for is thrown at once.
    if (!passes(error)) throw error;
    return again(error);
  }
  return isPromise(result) ? result.then(undefined, again) : result;
}
