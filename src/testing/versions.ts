import { conflicted, type DriverTest, equal, lives, written } from "./context.ts";

/** Tests versions: each identifies one state of one record and never repeats. */
export const versions: readonly DriverTest[] = [
  [
    "gives every write a version of its own, also of the same text",
    async ({ driver, newKey }) => {
      const key = newKey();
      const seen = new Set<string | number>();
      for (let i = 0; i < 40; i++) {
        seen.add(written(await driver.write(key, i % 3 === 2 ? "b" : "a", lives())));
        if (i % 10 === 9) await driver.remove(key);
      }
      equal(seen.size, 40, "different versions of 40 writes");
    },
  ],
  [
    "lets no version write after a removal (C36)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const version = written(await driver.write(key, "a", lives()));
      await driver.remove(key);
      const result = await driver.write(key, "b", { ...lives(), if: { version } });
      equal(conflicted(result), undefined, "current");
      equal(await driver.read(key), undefined, "record");
    },
  ],
  [
    "never gives a version twice, not even after a removal (C37)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const version = written(await driver.write(key, "a", lives()));
      await driver.remove(key);
      written(await driver.write(key, "a", { ...lives(), if: "absent" }));
      conflicted(await driver.write(key, "b", { ...lives(), if: { version } }));
      equal((await driver.read(key))?.text, "a", "text");
      if (driver.touch)
        equal(await driver.touch(key, { ...lives(1000), if: { version } }), false, "touched");
    },
  ],
  [
    "never gives a version twice, not even after an expiry or a sweep (C37)",
    async ({ driver, newKey, advance }) => {
      const keys = [newKey(), newKey(), newKey()] as const;
      const before = [];
      for (const key of keys) before.push(written(await driver.write(key, "a", lives(100))));
      await advance(100);
      // The first expires unseen, the second is removed, and the third is swept where the driver
      // can.
      const ends = [() => {}, () => driver.remove(keys[1]), () => driver.sweep?.()];
      for (const [index, key] of keys.entries()) {
        await ends[index]?.();
        const version = before[index] ?? "";
        written(await driver.write(key, "a", { ...lives(), if: "absent" }));
        conflicted(await driver.write(key, "b", { ...lives(), if: { version } }));
      }
    },
  ],
];
