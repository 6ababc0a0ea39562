import type { Driver } from "../drivers/driver.ts";
import {
  conflicted,
  type DriverTest,
  equal,
  equalRecord,
  lives,
  sleep,
  type TestContext,
  written,
} from "./context.ts";
import { together } from "./races.ts";

/** How long to wait for a record that another driver might show late, in milliseconds. */
const LATE = 100;

/**
 * Tests that two drivers of one backend see each other's records. Drivers with separate records
 * pass.
 */
export const instances: readonly DriverTest[] = [
  [
    "sees at once what another driver of the same backend did",
    async (context) => {
      const { driver, newKey } = context;
      const other = await sharing(context);
      if (other === undefined) return;
      const key = newKey();
      equal(await other.read(key), undefined, "record before");
      const version = written(await driver.write(key, "a", lives(60_000)));
      equalRecord(await other.read(key), await driver.read(key), "record");
      written(await other.write(key, "b", { ...lives(60_000), if: { version } }));
      equalRecord(await driver.read(key), await other.read(key), "record that the other wrote");
      await other.touch?.(key, lives(90_000));
      equalRecord(await driver.read(key), await other.read(key), "record that the other touched");
      equal(await driver.remove(key), true, "removed");
      equal(await other.read(key), undefined, "record that was removed");
      conflicted(await other.write(key, "c", { ...lives(), if: "present" }));
    },
  ],
  [
    "gives no version that another driver of the same backend gave (C37)",
    async (context) => {
      const { driver, newKey } = context;
      const other = await sharing(context);
      if (other === undefined) return;
      const key = newKey();
      const seen = new Set<string | number>();
      for (let round = 0; round < 4; round++) {
        for (const one of [driver, other]) {
          seen.add(written(await one.write(key, "a", lives())));
          await one.remove(key);
        }
      }
      equal(seen.size, 8, "different versions of 8 writes");
    },
  ],
  [
    "lets exactly one of 32 writes through two drivers win (C35)",
    async (context) => {
      const { driver, newKey } = context;
      const other = await sharing(context);
      if (other === undefined) return;
      const key = newKey();
      const options = { ...lives(), if: "absent" } as const;
      const results = await together(32, (i) =>
        (i % 2 === 0 ? driver : other).write(key, `${i}`, options),
      );
      equal(results.filter((it) => it.written).length, 1, "winners");
    },
    "atomic",
  ],
];

/**
 * Returns another driver of the same backend, or `undefined` if every driver has a backend of its
 * own.
 */
async function sharing({ driver, another, newKey }: TestContext): Promise<Driver | undefined> {
  const other = await another();
  const key = newKey();
  written(await driver.write(key, "a", lives()));
  if (await other.read(key)) return other;
  await sleep(LATE);
  equal(await other.read(key), undefined, "record that another driver sees late");
  return undefined;
}
