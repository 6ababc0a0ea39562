/** How many milliseconds a reading counts: clocks drift, and people set them. */
const MAX_AGE = 600_000;

/**
 * What this process knows of a server's clock, in milliseconds since 1970. Our own wall clock plays
 * no part.
 *
 * An answer arrives after the server has read its clock, so each answer gives a time that the
 * server has certainly reached. The latest of these times is the closest.
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

  /**
   * Learns the server's time from an answer that has just arrived.
   *
   * @param serverTime - what the server's clock said while it worked on the answer
   * @param sent - when the server was asked, by `performance.now()`. A time that it cannot have
   * reached by then replaces what is known: its clock went back, or another server answers now.
   * Leave it out if several servers answer in turn
   */
  learn(serverTime: number, sent?: number): void {
    const now = performance.now();
    const offset = serverTime - now;
    const isPossible = sent === undefined || this.#offset <= serverTime - sent;
    if (offset <= this.#offset && isPossible && now - this.#learnedAt <= MAX_AGE) return;
    this.#offset = offset;
    this.#learnedAt = now;
  }

  /** Forgets what is known, because the server's clock turned out to be ahead of it. */
  forget(): void {
    this.#learnedAt = -Infinity;
  }
}
