/** A clock that stands still until you move it. Pass it to `defineSession` as `clock`. */
export interface FakeClock {
  /** Returns the time in milliseconds since 1970. */
  (): number;
  /** Moves the clock forward, in milliseconds. */
  advance(milliseconds: number): void;
}

/**
 * Returns a clock, to test lifetimes without waiting.
 *
 * @param start - the first time, in milliseconds since 1970. Default: now
 * @example
 * ```ts
 * const clock = fakeClock();
 * const visits = defineSession({ key, value, keyFn, clock, lifetime: { idle: "30m" } });
 * await visits.store.insert("a", 1);
 * clock.advance(30 * 60_000);
 * await visits.store.find("a"); // undefined
 * ```
 */
export function fakeClock(start: number = Date.now()): FakeClock {
  let now = start;
  const advance = (milliseconds: number): void => {
    now += milliseconds;
  };
  return Object.assign(() => now, { advance });
}
