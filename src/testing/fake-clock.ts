/** A clock that stands still until it is moved. Hand it to `defineSession` as `clock`. */
export interface FakeClock {
  /** The time in milliseconds since 1970. */
  (): number;
  /** Moves the clock on by so many milliseconds. */
  advance(milliseconds: number): void;
}

/**
 * Makes a clock for tests of what ends after a while, without waiting for it.
 *
 * @param start - the time at first, in milliseconds since 1970. Default: now, so that a driver whose own expiry goes by the
 * real clock keeps what the test stores
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
