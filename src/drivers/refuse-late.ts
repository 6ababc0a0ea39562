import { UnavailableError } from "../errors.ts";

/**
 * Keeps a call that has waited from going on after its caller's time.
 *
 * @param end - by `performance.now()`
 * @param what - what has answered late
 * @throws UnavailableError after the end
 */
export function refuseLate(end: number, what: string): void {
  if (performance.now() >= end)
    throw new UnavailableError(`${what} answered a read after the caller's time.`);
}
