import type { DriverRecord } from "../drivers/driver.ts";
import { conflicted, type DriverTest, equal, equalRecord, lives, written } from "./context.ts";

/** Tests reading, removing, and writing under each condition. */
export const writes: readonly DriverTest[] = [
  [
    "reads nothing where nothing was written (C1)",
    async ({ driver, newKey }) => equal(await driver.read(newKey()), undefined, "record"),
  ],
  [
    "reads the text, version and expiry that were written (C2)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const expiry = lives(60_000);
      const version = written(await driver.write(key, "a", expiry));
      const expected = { text: "a", version, expiresAt: expiry.expiresAt };
      equalRecord(await driver.read(key), expected, "record");
      equalRecord(await driver.read(key), expected, "record, read again");
    },
  ],
  [
    "replaces text, version and expiry together (C3, C26)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const first = written(await driver.write(key, "a", lives(60_000)));
      const version = written(await driver.write(key, "b", lives()));
      equal(first === version, false, "the versions are equal");
      equalRecord(await driver.read(key), { text: "b", version, expiresAt: undefined }, "record");
    },
  ],
  [
    "writes if absent only where nothing is (C4)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const version = written(await driver.write(key, "a", { ...lives(), if: "absent" }));
      const record = { text: "a", version, expiresAt: undefined };
      const result = await driver.write(key, "b", { ...lives(), if: "absent" });
      equalRecord(conflicted(result), record, "current");
      equalRecord(await driver.read(key), record, "record");
    },
  ],
  [
    "writes if present only where something is (C5)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const result = await driver.write(key, "a", { ...lives(), if: "present" });
      equal(conflicted(result), undefined, "current");
      equal(await driver.read(key), undefined, "record");
      written(await driver.write(key, "a", lives()));
      written(await driver.write(key, "b", { ...lives(), if: "present" }));
      equal((await driver.read(key))?.text, "b", "text");
    },
  ],
  [
    "writes if the version is the present one, wherever that was told",
    async ({ driver, newKey }) => {
      const key = newKey();
      const first = written(await driver.write(key, "a", lives()));
      const second = written(await driver.write(key, "b", { ...lives(), if: { version: first } }));
      const current = conflicted(
        await driver.write(key, "c", { ...lives(), if: { version: first } }),
      );
      equalRecord(current, { text: "b", version: second, expiresAt: undefined }, "current");
      const told = { version: current?.version ?? "" };
      written(await driver.write(key, "d", { ...lives(), if: told }));
      const read = { version: (await driver.read(key))?.version ?? "" };
      written(await driver.write(key, "e", { ...lives(), if: read }));
      equal((await driver.read(key))?.text, "e", "text");
    },
  ],
  [
    "changes nothing and shows the whole record when a condition does not hold",
    async ({ driver, newKey }) => {
      const key = newKey();
      const old = written(await driver.write(key, "a", lives()));
      written(await driver.write(key, "b", lives(60_000)));
      const record = await driver.read(key);
      for (const condition of ["absent", { version: old }] as const) {
        const result = await driver.write(key, "c", { ...lives(90_000), if: condition });
        equalRecord(conflicted(result), record, "current");
        equalRecord(await driver.read(key), record, "record");
      }
    },
  ],
  [
    "gives records out that later calls do not change",
    async ({ driver, newKey }) => {
      const key = newKey();
      const version = written(await driver.write(key, "a", lives(60_000)));
      const given: [DriverRecord | undefined, DriverRecord | undefined][] = [];
      const keep = (it: DriverRecord | undefined) => given.push([it, it && { ...it }]);
      keep(await driver.read(key));
      keep(conflicted(await driver.write(key, "b", { ...lives(), if: "absent" })));
      await driver.touch?.(key, lives(90_000));
      keep(await driver.read(key));
      written(await driver.write(key, "c", { ...lives(), if: { version } }));
      await driver.remove(key);
      for (const [record, before] of given) equalRecord(record, before, "record given before");
    },
  ],
  [
    "removes what is there, once (C6, C7)",
    async ({ driver, newKey }) => {
      const key = newKey();
      equal(await driver.remove(key), false, "removed from nothing");
      written(await driver.write(key, "a", lives()));
      equal(await driver.remove(key, { timeout: 60_000 }), true, "removed");
      equal(await driver.read(key), undefined, "record");
      equal(await driver.remove(key), false, "removed twice");
      written(await driver.write(key, "b", { ...lives(60_000), if: "absent" }));
      equal(await driver.remove(key), true, "removed one that expires");
      equal(await driver.read(key), undefined, "record that expires");
    },
  ],
  [
    "leaves other keys alone (C14)",
    async ({ driver, newKey }) => {
      const [one, other] = [newKey(), newKey()];
      written(await driver.write(one, "a", lives()));
      written(await driver.write(other, "b", lives()));
      const record = await driver.read(other);
      written(await driver.write(one, "c", { ...lives(60_000), if: "present" }));
      await driver.touch?.(one, lives(90_000));
      await driver.remove(one);
      equalRecord(await driver.read(other), record, "record");
    },
  ],
  [
    "closes, and closes again, without an error (C40)",
    async ({ driver, newKey }) => {
      written(await driver.write(newKey(), "a", lives(60_000)));
      await driver.close?.();
      await driver.close?.();
    },
  ],
];
