import type { Driver, DriverExpiry } from "../core/driver.ts";
import { defineSession } from "../define-session.ts";
import { anything, conflicted, type DriverTest, equal, lives, written } from "./context.ts";

/** How records and sessions end. */
export const time: readonly DriverTest[] = [
  [
    "keeps a record until its time and not beyond (C24)",
    async ({ driver, newKey, advance }) => {
      const key = newKey();
      written(await driver.write(key, "a", lives(400)));
      await advance(200);
      equal((await driver.read(key))?.text, "a", "text before");
      await advance(200);
      equal(await driver.read(key), undefined, "record at its time");
      written(await driver.write(key, "b", { ...lives(), if: "absent" }));
    },
  ],
  [
    "treats what has expired as absent for every method (C25)",
    async ({ driver, newKey, advance }) => {
      const keys = [newKey(), newKey(), newKey(), newKey()] as const;
      const versions = [];
      for (const key of keys) versions.push(written(await driver.write(key, "a", lives(100))));
      await advance(100);
      conflicted(await driver.write(keys[0], "b", { ...lives(), if: "present" }));
      conflicted(
        await driver.write(keys[1], "b", { ...lives(), if: { version: versions[1] ?? "" } }),
      );
      if (driver.touch) equal(await driver.touch(keys[2], lives(1000)), false, "touched");
      equal(await driver.remove(keys[3]), false, "removed");
      for (const key of keys) equal(await driver.read(key), undefined, "record");
    },
  ],
  [
    "gives every write the expiry it asks for, also none (C26)",
    async ({ driver, newKey, advance }) => {
      const key = newKey();
      const version = written(await driver.write(key, "a", lives(100)));
      written(await driver.write(key, "b", { ...lives(400), if: { version } }));
      await advance(100);
      equal((await driver.read(key))?.text, "b", "text after the first expiry");
      written(await driver.write(key, "c", { ...lives(), if: "present" }));
      await advance(400);
      equal((await driver.read(key))?.text, "c", "text after the second expiry");
    },
  ],
  [
    "moves only the end of a record with a touch, and revives none (C27)",
    async ({ driver, newKey, advance }) => {
      if (!driver.touch) return;
      const key = newKey();
      equal(await driver.touch(key, lives(1000)), false, "touched nothing");
      const version = written(await driver.write(key, "a", lives(100)));
      const expiry: DriverExpiry = lives(400);
      equal(await driver.touch(key, expiry), true, "touched");
      await advance(200);
      const record = await driver.read(key);
      equal(record?.text, "a", "text");
      equal(record?.version, version, "version");
      equal(record?.expiresAt, expiry.expiresAt, "expiresAt");
      const other = {
        ...lives(5000),
        if: { version: written(await driver.write(newKey(), "b", lives())) },
      };
      equal(await driver.touch(key, other), false, "touched another version");
      await advance(200);
      equal(await driver.read(key), undefined, "record at its new time");
    },
  ],
  [
    "loses no write to a touch (C28, B25)",
    async ({ driver, newKey }) => {
      const { session } = defineSession({
        key: anything,
        value: anything,
        keyFn: () => null,
        lifetime: { idle: "1h" },
        driver,
      });
      const racers = session(newKey());
      await racers.insert(0);
      const race = Array.from({ length: 40 }, (_, i) =>
        i % 2 === 0 ? racers.touch() : racers.upsert(0, (n) => (n as number) + 1),
      );
      await Promise.all(race);
      equal(await racers.find(), 20, "found");
    },
  ],
  [
    "ends a session at the absolute limit, however often it is used (C29)",
    async ({ driver, newKey }) => {
      const session = timed(driver, newKey());
      await session.handle.insert("a");
      for (let now = 5; now < 25; now += 5) {
        session.at(now);
        equal(await session.handle.touch(), true, `touched at ${now}`);
      }
      session.at(24);
      equal(await session.handle.find(), "a", "found before the limit");
      session.at(25);
      equal(await session.handle.find(), undefined, "found at the limit");
      equal(await session.handle.touch(), false, "touched at the limit");
      equal(await session.handle.remove(), false, "removed at the limit");
    },
  ],
  [
    "sweeps what has expired and nothing else (C30, C31)",
    async ({ driver, newKey, advance }) => {
      if (!driver.sweep) return;
      await driver.sweep();
      const live = [newKey(), newKey()];
      for (const key of live) written(await driver.write(key, "live", lives(60_000)));
      // Swept at once after the time is up, so that a driver which clears up by itself has had no occasion to.
      const dead = [newKey(), newKey(), newKey()];
      for (const key of dead) written(await driver.write(key, "dead", lives(100)));
      await advance(100);
      const [swept] = await Promise.all([
        driver.sweep(),
        driver.write(newKey(), "new", lives(60_000)),
      ]);
      // A backend that others use too may have had more to sweep.
      equal(swept >= 3, true, "swept all three");
      for (const key of dead) equal(await driver.remove(key), false, "removed after the sweep");
      for (const key of live) equal((await driver.read(key))?.text, "live", "text");
    },
  ],
];

/** A session with an idle time of 10 seconds and an absolute limit of 25, and its clock. */
function timed(driver: Driver, key: string) {
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
    handle: session(key),
    at: (seconds: number) => {
      now = seconds * 1000;
    },
  };
}
