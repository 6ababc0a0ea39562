import { cookieSessions } from "./cookie-sessions.ts";
import type { Explorer } from "./explore.ts";
import { keyedSessions } from "./keyed-sessions.ts";
import type { SchedulerOptions } from "./scheduler.ts";

interface Kind {
  readonly explorer: Explorer;
  readonly options: SchedulerOptions;
}

/**
 * How many of 100 calls fail, and in how many of 100 steps time runs ahead, where things go wrong.
 */
const ADVERSE: SchedulerOptions = { faults: 12, haste: 1 };

/** The explorers whose schedules are chosen at random. */
export const explorers: Readonly<Record<string, Kind>> = {
  "keyed sessions": { explorer: keyedSessions, options: {} },
  "keyed sessions, faults": { explorer: keyedSessions, options: ADVERSE },
  "sessions by cookie": { explorer: cookieSessions, options: {} },
  "sessions by cookie, faults": { explorer: cookieSessions, options: ADVERSE },
};
