import { ConflictError } from "../errors.ts";

/** How often one verb runs a user's function before it rejects with a `ConflictError`. */
export const MAX_RUNS = 256;

/** Waits a random time. */
export function pause(longest: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
}

/** Returns the error for a verb whose time or attempts are spent. */
export function tooManyConflicts(): ConflictError {
  return new ConflictError(
    "The session kept changing until the time of this verb was over. Nothing was stored. Make the update quicker, or try again.",
  );
}
