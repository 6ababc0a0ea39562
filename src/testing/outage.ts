import { defineSession } from "../define-session.ts";
import { anything, type DriverTest, equal, rejects } from "./context.ts";

/** How long a call may take during an outage, in milliseconds. */
const TIMEOUT = 250;
/** How long a client may take to find its backend again. */
const PATIENCE = 10_000;

/** What becomes of calls while the backend is out of reach. Only where the suite is told how to bring that about. */
export const outage: readonly DriverTest[] = [
  [
    "fails in time while the backend is out of reach, and works again afterwards (C39)",
    async ({ driver, newKey, outage }) => {
      const { session } = defineSession({
        key: anything,
        value: anything,
        keyFn: () => null,
        driver,
        timeout: TIMEOUT,
      });
      const there = session(newKey());
      await there.insert(1);
      await outage?.begin();
      const started = Date.now();
      try {
        const increment = (n: unknown) => (n as number) + 1;
        await rejects(there.find(), "UnavailableError", "find");
        await rejects(there.update(increment), "UnavailableError", "update");
        await rejects(there.swap(5), "UnavailableError", "swap");
        await rejects(session(newKey()).insert(1), "UnavailableError", "insert");
        // Four calls, and time for a machine that is busy.
        equal(Date.now() - started < 4 * TIMEOUT + 2000, true, "in time");
      } finally {
        await outage?.end();
      }
      for (;;) {
        try {
          equal(await there.upsert(0, (n) => n), 1, "found afterwards");
          break;
        } catch (error) {
          if (Date.now() - started > PATIENCE) throw error;
        }
      }
    },
  ],
];
