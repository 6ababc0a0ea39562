import { conflicted, type DriverTest, equal, lives, written } from "./context.ts";

/** Reading, and writing under each condition. */
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
      const record = await driver.read(key);
      equal(record?.text, "a", "text");
      equal(record?.version, version, "version");
      equal(record?.expiresAt, expiry.expiresAt, "expiresAt");
    },
  ],
  [
    "replaces text, version and expiry together (C3, C26)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const first = written(await driver.write(key, "a", lives(60_000)));
      const second = written(await driver.write(key, "b", lives()));
      equal(first === second, false, "the versions are equal");
      const record = await driver.read(key);
      equal(record?.text, "b", "text");
      equal(record?.expiresAt, undefined, "expiresAt");
    },
  ],
  [
    "writes if absent only where nothing is, and shows what is (C4)",
    async ({ driver, newKey }) => {
      const key = newKey();
      written(await driver.write(key, "a", { ...lives(), if: "absent" }));
      equal(
        conflicted(await driver.write(key, "b", { ...lives(), if: "absent" })),
        "a",
        "in the way",
      );
      equal((await driver.read(key))?.text, "a", "text");
    },
  ],
  [
    "writes if present only where something is (C5)",
    async ({ driver, newKey }) => {
      const key = newKey();
      equal(
        conflicted(await driver.write(key, "a", { ...lives(), if: "present" })),
        undefined,
        "in the way",
      );
      equal(await driver.read(key), undefined, "record");
      written(await driver.write(key, "a", lives()));
      written(await driver.write(key, "b", { ...lives(), if: "present" }));
      equal((await driver.read(key))?.text, "b", "text");
    },
  ],
  [
    "writes if the version is the present one, and shows the present one if not",
    async ({ driver, newKey }) => {
      const key = newKey();
      const first = written(await driver.write(key, "a", lives()));
      const second = written(await driver.write(key, "b", { ...lives(), if: { version: first } }));
      const result = await driver.write(key, "c", { ...lives(), if: { version: first } });
      equal(conflicted(result), "b", "in the way");
      if (!result.written) equal(result.current?.version, second, "its version");
      equal((await driver.read(key))?.text, "b", "text");
    },
  ],
  [
    "removes what is there, once (C6, C7)",
    async ({ driver, newKey }) => {
      const key = newKey();
      equal(await driver.remove(key), false, "removed from nothing");
      written(await driver.write(key, "a", lives()));
      equal(await driver.remove(key), true, "removed");
      equal(await driver.read(key), undefined, "record");
      equal(await driver.remove(key), false, "removed twice");
    },
  ],
  [
    "lets no version write after a removal (C36)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const version = written(await driver.write(key, "a", lives()));
      await driver.remove(key);
      conflicted(await driver.write(key, "b", { ...lives(), if: { version } }));
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
    },
  ],
  [
    "leaves other keys alone (C14)",
    async ({ driver, newKey }) => {
      const [one, other] = [newKey(), newKey()];
      written(await driver.write(one, "a", lives()));
      written(await driver.write(other, "b", lives()));
      await driver.remove(one);
      equal((await driver.read(other))?.text, "b", "text");
    },
  ],
];
