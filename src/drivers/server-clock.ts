/** After so many milliseconds a reading no longer counts: clocks drift, and are set. */
const MAX_AGE = 600_000;

/**
 * What this process knows of a server's clock, in milliseconds since 1970. Our own wall clock plays no part.
 *
 * An answer arrives after the server has read its clock, so each answer gives a time that the server has certainly reached. The
 * latest of these times is the closest.
 */
export class ServerClock {
  /** The server's clock minus `performance.now()`, or less. */
  #offset = 0;
  #learnedAt = -Infinity;

  /** Returns a time that the server has reached, or `undefined` if none is known. */
  now(): number | undefined {
    const now = performance.now();
    return now - this.#learnedAt > MAX_AGE ? undefined : now + this.#offset;
  }

  /** Takes in the time that an answer of the server tells, as soon as the answer is here. */
  learn(serverTime: number): void {
    const now = performance.now();
    const offset = serverTime - now;
    if (offset <= this.#offset && now - this.#learnedAt <= MAX_AGE) return;
    this.#offset = offset;
    this.#learnedAt = now;
  }
}
