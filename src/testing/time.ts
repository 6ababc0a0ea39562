import { defineSession } from "../definition/define-session.ts";
import type { Driver } from "../drivers/driver.ts";
import {
  anything,
  conflicted,
  type DriverTest,
  equal,
  equalRecord,
  lives,
  sleep,
  type TestContext,
  WAYS,
  writeBy,
  written,
} from "./context.ts";

/**
 * A time to live that ends during a test. No whole number of seconds, so that a rounded one shows.
 */
const SHORT = 400;
/** One that does not: more than a year. As a number of 32 bits it is one millisecond. */
const LONG = 2 ** 35 + 1;

/** What a record's time to live is set to, and what it was. */
const TTLS = [SHORT, LONG, undefined] as const;

/** Tests how records and sessions end. */
export const time: readonly DriverTest[] = [
  [
    "keeps a record until its time and not beyond, however often it is read (C24)",
    async ({ driver, newKey, advance }) => {
      const keys = [newKey(), newKey(), newKey()] as const;
      const start = Date.now();
      written(await driver.write(keys[0], "a", lives(SHORT)));
      written(await driver.write(keys[1], "a", { ...lives(SHORT), retain: true }));
      written(await driver.write(keys[2], "a", { ...lives(SHORT), timeout: 60_000 }));
      for (const wait of [SHORT / 2, SHORT / 2 - 1]) {
        await advance(wait);
        for (const key of keys) {
          const record = await driver.read(key);
          // Its time may be over early on a machine that is busy.
          if (Date.now() - start < SHORT) equal(record?.text, "a", "text before its time");
        }
      }
      await advance(1);
      for (const key of keys) equal(await driver.read(key), undefined, "record at its time");
      written(await driver.write(keys[0], "b", { ...lives(), if: "absent" }));
    },
  ],
  [
    "treats what has expired as absent for every method (C25)",
    async ({ driver, newKey, advance }) => {
      const start = async () => {
        const key = newKey();
        return { key, version: written(await driver.write(key, "a", lives(100))) };
      };
      const [one, two, three, four, five, six] = await Promise.all([
        start(),
        start(),
        start(),
        start(),
        start(),
        start(),
      ]);
      await advance(100);
      const present = await driver.write(one.key, "b", { ...lives(), if: "present" });
      equal(conflicted(present), undefined, "current, if present");
      const { version } = two;
      const exchange = await driver.write(two.key, "b", { ...lives(), if: { version } });
      equal(conflicted(exchange), undefined, "current, if its version");
      if (driver.touch) {
        const ofThree = { version: three.version };
        equal(await driver.touch(three.key, lives(LONG)), false, "touched");
        equal(await driver.touch(three.key, { ...lives(LONG), if: ofThree }), false, "touched");
      }
      equal(await driver.remove(four.key), false, "removed");
      for (const { key } of [one, two, three, four])
        equal(await driver.read(key), undefined, "record");
      written(await driver.write(five.key, "b", lives()));
      written(await driver.write(six.key, "b", { ...lives(), if: "absent" }));
      for (const { key } of [five, six]) equal((await driver.read(key))?.text, "b", "text");
    },
  ],
  [
    "sets the expiry anew with every write and touch, also to none (C26, C27)",
    async (context) => {
      const { driver, advance } = context;
      const changed: Awaited<ReturnType<typeof changes>[number]>[] = [];
      // A few at a time: a first time to live must not end because many calls wait for a
      // connection.
      for (const before of TTLS)
        for (const after of TTLS)
          changed.push(...(await Promise.all(changes(context, before, after))));
      // Timers that are set too far ahead run at once.
      await sleep(10);
      const check = async (isOver: boolean) => {
        for (const { key, ttl, expiresAt, what, since } of changed) {
          const isGone = isOver && ttl === SHORT;
          const record = await driver.read(key);
          // Its time may be over early on a machine that is busy.
          if (!isGone && ttl === SHORT && Date.now() - since >= SHORT) continue;
          equal(record !== undefined, !isGone, `record is there, ${what}`);
          if (!isGone) equal(record?.expiresAt, expiresAt, `expiresAt, ${what}`);
        }
      };
      await check(false);
      await advance(3 * SHORT);
      await check(true);
    },
  ],
  [
    "keeps expiresAt as it is and does not go by it",
    async ({ driver, newKey }) => {
      for (const expiresAt of [1, 1.5, 2 ** 31, 2 ** 32 + 1, 1_700_000_000_000.5, 8.64e15]) {
        const key = newKey();
        const version = written(await driver.write(key, "a", { expiresAt, ttl: 60_000.5 }));
        equalRecord(await driver.read(key), { text: "a", version, expiresAt }, "record");
      }
    },
  ],
  [
    "moves no end with a write or touch that it refuses (C25, C27)",
    async ({ driver, newKey, advance }) => {
      const refuse = async (ttl: number, otherTtl: number) => {
        const key = newKey();
        const version = written(await driver.write(key, "old", lives(ttl)));
        written(await driver.write(key, "a", lives(ttl)));
        const record = await driver.read(key);
        const other = lives(otherTtl);
        conflicted(await driver.write(key, "b", { ...other, if: "absent" }));
        conflicted(await driver.write(key, "b", { ...other, if: { version } }));
        const touched = await driver.touch?.(key, { ...other, if: { version } });
        equal(touched ?? false, false, "touched another version");
        equalRecord(await driver.read(key), record, "record");
        return { key, record };
      };
      const short = await refuse(SHORT, LONG);
      const long = await refuse(LONG, SHORT);
      await advance(SHORT);
      equal(await driver.read(short.key), undefined, "record at its time");
      equalRecord(await driver.read(long.key), long.record, "record");
    },
  ],
  [
    "moves only the end of a record with a touch, and revives none (C27)",
    async ({ driver, newKey, advance }) => {
      const key = newKey();
      equal(await driver.touch?.(key, lives(1000)), false, "touched nothing");
      equal(await driver.read(key), undefined, "record");
      const version = written(await driver.write(key, "a", lives(100)));
      const expiry = lives(SHORT);
      equal(await driver.touch?.(key, { ...expiry, timeout: 60_000 }), true, "touched");
      await advance(SHORT / 2);
      const expected = { text: "a", version, expiresAt: expiry.expiresAt };
      equalRecord(await driver.read(key), expected, "record");
      await advance(SHORT / 2);
      equal(await driver.read(key), undefined, "record at its new time");
      equal(await driver.touch?.(key, lives(LONG)), false, "touched too late");
      equal(await driver.read(key), undefined, "record touched too late");
      const again = written(await driver.write(key, "b", lives()));
      const touch = { ...lives(LONG), if: { version: again } };
      equal(await driver.touch?.(key, touch), true, "touched by its version");
      written(await driver.write(key, "c", { ...lives(), if: { version: again } }));
    },
    "touch",
  ],
  [
    "ends a session at the absolute limit, however often it is used (C29)",
    async (context) => {
      const session = timed(context);
      await session.handle.insert("a");
      const { atomic, touch } = context.driver as Driver<boolean>;
      for (let now = 5; now < 25; now += 5) {
        session.at(now);
        // Where nothing touches a record safely, only writes are use.
        if (!atomic && touch === undefined) await session.handle.insert("a");
        else equal(await session.handle.touch(), true, `touched at ${now}`);
      }
      session.at(24);
      equal(await session.handle.find(), "a", "found before the limit");
      session.at(25);
      equal(await session.handle.find(), undefined, "found at the limit");
      equal(await session.handle.touch(), false, "touched at the limit");
      equal(await session.handle.remove(), false, "removed at the limit");
    },
  ],
];

/**
 * Gives a record one time to live and then another, in each way there is; and also a record that
 * was not there before.
 */
function changes(
  { driver, newKey }: TestContext,
  before: number | undefined,
  ttl: number | undefined,
) {
  // Far from what the time to live says, in either direction.
  const expiresAt = ttl === undefined ? undefined : ttl === SHORT ? Date.now() + LONG : 1000;
  // The first time is left enough of, on a machine that is busy.
  const first = before === SHORT ? 2 * SHORT : before;
  const change = async (way: string, work: (key: string) => Promise<unknown>) => {
    const key = newKey();
    const what = `${way}, ${before} to ${ttl} ms`;
    const since = Date.now();
    await work(key);
    return { key, ttl, expiresAt, what, since };
  };
  const writes = WAYS.map((way) =>
    change(way, async (key) => {
      if (way !== "absent") written(await driver.write(key, "before", lives(first)));
      await writeBy(way, driver, key, "after", { expiresAt, ttl });
    }),
  );
  if (!driver.touch) return writes;
  const touches = ([false, true] as const).map((byVersion) =>
    change("touch", async (key) => {
      const version = written(await driver.write(key, "before", lives(first)));
      const condition = byVersion ? { if: { version } } : {};
      equal(await driver.touch?.(key, { expiresAt, ttl, ...condition }), true, "touched");
    }),
  );
  return [...writes, ...touches];
}

/** A session with an idle time of 10 seconds and an absolute limit of 25, and its clock. */
function timed({ driver, newKey }: TestContext) {
  let now = 0;
  const { session } = defineSession({
    key: anything,
    value: anything,
    keyFn: () => null,
    lifetime: { idle: "10s", absolute: "25s" },
    clock: () => now,
    driver,
  });
  return {
    handle: session(newKey()),
    at: (seconds: number) => {
      now = seconds * 1000;
    },
  };
}
