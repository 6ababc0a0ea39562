import { type DriverTest, equal, lives, sleep, written } from "./context.ts";

/**
 * How often a sweep is repeated on a backend that others use too, until it has nothing left to do.
 */
const SWEEPS = 5;

/** Tests how a driver deletes expired records. */
export const sweep: readonly DriverTest[] = [
  [
    "sweeps what has expired and nothing else, once (C30)",
    async ({ driver, newKey, advance }) => {
      await driver.sweep?.();
      const live = [newKey(), newKey(), newKey(), newKey()] as const;
      // The definition's clock may say something else; the driver does not go by it.
      written(await driver.write(live[0], "live", { expiresAt: 1, ttl: 60_000 }));
      written(await driver.write(live[1], "live", lives()));
      written(await driver.write(live[2], "before", lives(100)));
      written(await driver.write(live[2], "live", lives(60_000)));
      written(await driver.write(live[3], "live", lives(driver.touch ? 100 : 60_000)));
      await driver.touch?.(live[3], lives(60_000));
      // Swept right after their time, before a driver deletes them by itself.
      const dead = [newKey(), newKey(), newKey()];
      for (const key of dead) {
        written(await driver.write(key, "dead", { expiresAt: Date.now() + 60_000, ttl: 100 }));
      }
      await advance(100);
      const swept = (await driver.sweep?.()) ?? 0;
      // A backend that others use too may have had more to sweep.
      equal(Number.isInteger(swept) && swept >= 3, true, "swept all three");
      for (const key of dead) equal(await driver.remove(key), false, "removed after the sweep");
      for (const key of live) equal((await driver.read(key))?.text, "live", "text");
      let left = swept;
      for (let i = 0; i < SWEEPS && left > 0; i++) left = (await driver.sweep?.()) ?? 0;
      equal(left, 0, "swept at last");
    },
    "sweep",
  ],
  [
    "sweeps nothing that is written meanwhile (C31)",
    async ({ driver, newKey, advance }) => {
      const keys = Array.from({ length: 8 }, newKey);
      for (const key of keys) written(await driver.write(key, "dead", lives(100)));
      await advance(100);
      const sweeping = driver.sweep?.();
      const write = async (key: string, index: number) => {
        if (index % 2 === 1) await sleep(index);
        written(await driver.write(key, "live", lives(60_000)));
      };
      await Promise.all([sweeping, ...keys.map(write)]);
      for (const key of keys) equal((await driver.read(key))?.text, "live", "text");
    },
    "sweep",
  ],
];
