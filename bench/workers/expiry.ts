// Measures what it takes to clear away many sessions that have expired. It needs --expose-gc.
import { defineSession, memoryDriver } from "zession";
import { z } from "zod";
import { answer } from "../lib/child.ts";

/** What clearing away takes. */
export interface Expiry {
  readonly swept: number;
  readonly seconds: number;
  /** The longest time, in milliseconds, for which nothing else could run. */
  readonly longestPause: number;
  /** Bytes of the heap, with all sessions and after they have gone. */
  readonly full: number;
  readonly empty: number;
  /** Nanoseconds of a write that starts a session, where nothing has expired and where it clears expired ones away. */
  readonly write: number;
  readonly clearingWrite: number;
}

const HOUR = 3_600_000;
const now = Date.now;

const used = (): number => {
  global.gc?.();
  return process.memoryUsage().heapUsed;
};

/** Fills a store with sessions, and then lets them expire. */
async function fill(count: number) {
  const driver = memoryDriver({ maxEntries: 10_000_000, maxBytes: 2 ** 34 });
  const { store } = defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: () => null,
    lifetime: { idle: HOUR },
    driver,
  });
  Date.now = now;
  const write = await timeOf((i) => store.insert(`first-${i}`, i), count);
  const full = used();
  Date.now = () => now() + 2 * HOUR;
  return { driver, store, write, full };
}

/** Returns the nanoseconds of a call. */
async function timeOf(call: (i: number) => unknown, count: number): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < count; i++) await call(i);
  return ((performance.now() - started) * 1e6) / count;
}

answer(async (count: number): Promise<Expiry> => {
  const written = await fill(count);
  const clearingWrite = await timeOf((i) => written.store.insert(`second-${i}`, i), count);

  const { driver, full, write } = await fill(count);
  let last = performance.now();
  let longestPause = 0;
  const ticking = setInterval(() => {
    const now = performance.now();
    longestPause = Math.max(longestPause, now - last);
    last = now;
  }, 1);
  const started = performance.now();
  const swept = await driver.sweep();
  const seconds = (performance.now() - started) / 1000;
  clearInterval(ticking);
  return { swept, seconds, longestPause, full, empty: used(), write, clearingWrite };
});
