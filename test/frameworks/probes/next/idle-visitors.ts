import { cookieKey, defineSession } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { z } from "zod";

/** Every copy of this module has the same clock, which the test moves. */
const shared = globalThis as { hoursAhead?: number };

export function moveClock(hours: number): void {
  shared.hoursAhead = (shared.hoursAhead ?? 0) + hours;
}

/** Sessions with an idle limit alone. */
export const visitors = defineSession({
  name: "visitor",
  value: z.object({ count: z.number() }),
  keyFn: cookieKey({ name: "__Host-idle" }),
  lifetime: { idle: "1h" },
  driver: sqliteDriver({ filename: "idle.db" }),
  clock: () => Date.now() + (shared.hoursAhead ?? 0) * 3_600_000,
});
