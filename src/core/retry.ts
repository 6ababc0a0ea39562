import { ConflictError } from "./errors.ts";

/** How often a change is tried before it gives up with a `ConflictError`. */
export const MAX_ATTEMPTS = 256;

/** The longest wait between two tries, in milliseconds. */
const MAX_BACKOFF = 32;

/** Waits a little, longer with every attempt and never as long as another writer. */
export function backOff(attempt: number): Promise<void> {
  const longest = Math.min(2 ** attempt, MAX_BACKOFF);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
}

/** What to throw when the attempts are spent. */
export function tooManyConflicts(): ConflictError {
  return new ConflictError(
    `The session kept changing under this update: ${MAX_ATTEMPTS} attempts failed and nothing was stored. Try again later.`,
  );
}
