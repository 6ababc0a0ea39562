import { isSessionError } from "../errors.ts";
import {
  conflicted,
  type DriverTest,
  equal,
  equalRecord,
  lives,
  WAYS,
  writeBy,
  written,
} from "./context.ts";

/** Texts that a backend may mistake for something else, or change on their way. */
const TEXTS = [
  "",
  " ",
  " a ",
  "null",
  "undefined",
  "false",
  "0",
  "007",
  "1e3",
  "-0",
  "9007199254740993",
  "{}",
  '{"json":{"a":{"b":[]}},"v":1,"at":0}',
  ' { "b" : 1.0,\r\n"a":[ ], "b":"\\u0041\\u0000\\ud800" }\n',
  '{"__proto__":1}',
  `'"\`\\ %s $1 :a ? \n\r\t\r\n`,
  "&amp;<b>%41+\\x41",
  "Grüße, 世界, \u{1f9ed}\u200d\u{1f5fa}",
  "é e\u0301 \u212b \ufb01",
  "\u007f \u0085 \u2028 \u2029 \u200b a\ufeffb \uffff",
  "a".repeat(64 * 1024),
];

/**
 * Lengths, in characters, just above those at which backends cut texts or begin to store them in
 * another way.
 */
const LENGTHS = [64 * 1024 + 1, 100_001, 256 * 1024 + 1, 1024 * 1024];

/** Tests that a driver keeps texts unchanged. */
export const texts: readonly DriverTest[] = [
  [
    "keeps every text as it is, in whichever way it is written (C15)",
    async ({ driver, newKey }) => {
      for (const text of TEXTS) {
        await Promise.all(
          WAYS.map(async (way) => {
            const key = newKey();
            if (way === "present" || way === "version")
              written(await driver.write(key, "before", lives()));
            const version = await writeBy(way, driver, key, text, lives());
            const record = { text, version, expiresAt: undefined };
            equalRecord(await driver.read(key), record, "record");
            const refused = await driver.write(key, "b", { ...lives(), if: "absent" });
            equalRecord(conflicted(refused), record, "current");
          }),
        );
      }
    },
  ],
  [
    "keeps a text after a touch as it was (C15, C27)",
    async ({ driver, newKey }) => {
      for (const text of TEXTS) {
        const key = newKey();
        written(await driver.write(key, text, lives()));
        equal(await driver.touch?.(key, lives(60_000)), true, "touched");
        equal((await driver.read(key))?.text, text, "text");
      }
    },
    "touch",
  ],
  [
    "keeps a long text whole or refuses it with a TooLargeError (C15, C18)",
    async ({ driver, newKey }) => {
      for (const length of LENGTHS) {
        for (const text of [`${"a".repeat(length - 1)}z`, `${"世".repeat(length / 3)}z`]) {
          const key = newKey();
          written(await driver.write(key, "before", lives()));
          const isKept = await Promise.resolve()
            .then(() => driver.write(key, text, lives()))
            .then(written)
            .catch((error: unknown) => {
              if (isSessionError(error) && error.code === "ERR_SESSION_TOO_LARGE") return undefined;
              throw error;
            });
          const expected = isKept === undefined ? "before" : text;
          equal((await driver.read(key))?.text, expected, `text of ${text.length} characters`);
        }
      }
    },
  ],
  [
    "takes no text for an absent record (C16)",
    async ({ driver, newKey }) => {
      for (const text of ["", "null", "0", "false"]) {
        const key = newKey();
        written(await driver.write(key, text, lives()));
        const result = await driver.write(key, "b", { ...lives(), if: "absent" });
        equal(conflicted(result)?.text, text, "current");
        written(await driver.write(key, text, { ...lives(), if: "present" }));
        equal(await driver.remove(key), true, "removed");
      }
    },
  ],
];
