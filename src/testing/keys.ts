import { MAX_KEY_LENGTH } from "../keys/encode-key.ts";
import { type DriverTest, equal, lives, written } from "./context.ts";

/** Every printable character of ASCII. */
const CHARACTERS = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i));

/** Endings that a cluster, a file system or a pattern would take for the same. */
const ENDINGS = [
  "{x}a",
  "{x}b",
  "a/b",
  "a//b",
  "a/./b",
  "a\\b",
  "[ab]",
  "a%",
  "a_",
  "a*",
  "~(a,)",
  "~(%2C)",
];

/** Tests that a driver distinguishes keys. */
export const keys: readonly DriverTest[] = [
  [
    "tells keys apart by their last characters, whichever they are (C21)",
    async ({ driver, newKey }) => {
      const prefix = newKey();
      const similar = ["", ...CHARACTERS, ...ENDINGS].map((ending) => prefix + ending);
      await expectApart(similar, driver);
    },
  ],
  [
    "tells the longest keys apart by their first, middle and last characters (C21, C23)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const pad = "k".repeat(MAX_KEY_LENGTH - key.length - 1);
      const half = MAX_KEY_LENGTH / 2 - 1;
      const similar = ["a", "b"].flatMap((it) => [
        it + key + pad,
        key + pad.slice(0, half - key.length) + it + pad.slice(half - key.length),
        key + pad + it,
        key + pad.slice(1) + it,
      ]);
      await expectApart(similar, driver);
    },
  ],
];

/** Stores one record under each key, and reads and removes one after another. */
async function expectApart(
  similar: readonly string[],
  driver: Parameters<DriverTest[1]>[0]["driver"],
) {
  await Promise.all(
    similar.map(async (key) => written(await driver.write(key, key, { ...lives(), if: "absent" }))),
  );
  for (const key of similar) equal((await driver.read(key))?.text, key, "text");
  for (const key of similar) {
    if (driver.touch) equal(await driver.touch(key, lives(60_000)), true, "touched");
    equal(await driver.remove(key), true, "removed");
    if (driver.touch) equal(await driver.touch(key, lives(60_000)), false, "touched once removed");
  }
}
