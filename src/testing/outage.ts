import { defineSession } from "../definition/define-session.ts";
import { anything, type DriverTest, equal, lives, rejects, sleep, written } from "./context.ts";

/** How long a call may take during an outage, in milliseconds. */
const TIMEOUT = 250;
/** How much longer than their time the calls are left waiting, in milliseconds. */
const TOLERANCE = 50;
/** How long a client may take to find its backend again, in milliseconds. */
const RECOVERY_TIMEOUT = 10_000;
/**
 * How long to watch, after an outage, for calls that must not be carried out any more, in
 * milliseconds.
 */
const AFTERMATH = 500;

/** Tests calls while the backend is unreachable. Only if the suite gets an `outage`. */
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
        await rejects(there.find(), "UnavailableError", "find");
        await rejects(there.insert(2), "UnavailableError", "insert");
        await rejects(there.remove(), "UnavailableError", "remove");
        await rejects(session(newKey()).insert(1), "UnavailableError", "insert");
        // Four calls, and time for a machine that is busy.
        equal(Date.now() - started < 4 * TIMEOUT + 2000, true, "in time");
      } finally {
        await outage?.end();
      }
      equal(await recovered(() => there.find()), 1, "found afterwards");
    },
  ],
  [
    "carries nothing out once its time is over (C39)",
    async ({ driver, newKey, outage }) => {
      const keys = Array.from({ length: 6 }, newKey) as [string, ...string[]];
      const before = lives(60_000);
      const versions = new Map<string, string | number>();
      for (const key of keys.slice(1))
        versions.set(key, written(await driver.write(key, "before", before)));
      const late = { ...lives(90_000), timeout: TIMEOUT };
      const ofVersion = (key: string) => ({ if: { version: versions.get(key) ?? "" } });
      const calls: ((key: string) => unknown)[] = [
        (key) => driver.write(key, "late", { ...late, if: "absent" }),
        (key) => driver.write(key, "late", late),
        (key) => driver.write(key, "late", { ...late, ...ofVersion(key) }),
        (key) => driver.remove(key, { timeout: TIMEOUT }),
        (key) => driver.touch?.(key, late),
        (key) => driver.touch?.(key, { ...late, ...ofVersion(key) }),
      ];
      /** The keys whose call succeeded after all, before the outage took effect. */
      const done = new Set<string>();
      let isOver = false;
      await outage?.begin();
      try {
        for (const [index, key] of keys.entries()) {
          Promise.resolve(key)
            .then(calls[index])
            .then(
              () => isOver || done.add(key),
              () => {},
            );
        }
        // Timers of a busy machine may fire early.
        await sleep(TIMEOUT + TOLERANCE);
        isOver = true;
      } finally {
        await outage?.end();
      }
      await recovered(() => driver.read(newKey()));
      await sleep(AFTERMATH);
      for (const [index, key] of keys.entries()) {
        if (done.has(key)) continue;
        const record = await driver.read(key);
        equal(record?.text, index === 0 ? undefined : "before", `text after call ${index}`);
        const expiresAt = index === 0 ? undefined : before.expiresAt;
        equal(record?.expiresAt, expiresAt, `expiresAt after call ${index}`);
      }
    },
  ],
];

/** Calls until the backend answers again. */
async function recovered<Result>(call: () => Result): Promise<Awaited<Result>> {
  const end = Date.now() + RECOVERY_TIMEOUT;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(20);
    }
  }
}
