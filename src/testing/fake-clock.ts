/** A clock that stands still until you move it. Pass it to `defineSession` as `clock`. */
export interface FakeClock {
  /** Returns the time in milliseconds since 1970. */
  (): number;
  /** Moves the clock forward by so many milliseconds. */
  advance(milliseconds: number): void;
}

/**
 * Makes a clock, to test what ends after a while without waiting for it.
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
