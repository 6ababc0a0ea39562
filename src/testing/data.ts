import { defineSession } from "../definition/define-session.ts";
import { MAX_KEY_LENGTH } from "../keys/encode-key.ts";
import { anything, type DriverTest, equal, lives, rejects, type TestContext } from "./context.ts";

const KEYS = [
  "a:b",
  "a::b",
  "A",
  "a",
  "a ",
  "é",
  "e\u0301",
  "*",
  "{x}",
  "'",
  "%",
  ".",
  "..",
  "__proto__",
  "~",
  "",
];

/** Tests the values that a definition stores through the driver. */
export const data: readonly DriverTest[] = [
  [
    "shares no object with the caller (C17)",
    async (context) => {
      const { store } = open(context);
      const key = context.newKey();
      const value = { items: ["a"] };
      await store.insert(key, value);
      value.items.push("b");
      const found = (await store.find(key)) as typeof value;
      equal(found.items.length, 1, "items after a change to what was inserted");
      found.items.push("c");
      equal(
        ((await store.find(key)) as typeof value).items.length,
        1,
        "items after a change to what was found",
      );
    },
  ],
  [
    "writes nothing that is too large (C18)",
    async (context) => {
      const { store } = open(context, { maxBytes: 1024 });
      const key = context.newKey();
      await store.insert(key, "a");
      await rejects(store.insert(key, "a".repeat(1024)), "TooLargeError", "insert");
      equal(await store.find(key), "a", "found");
    },
  ],
  [
    "rejects for a record that it cannot read, and lets it be removed and replaced (C19)",
    async (context) => {
      const { store } = open(context);
      const key = context.newKey();
      await context.driver.write(`session:${encodeURIComponent(key)}`, "junk", lives());
      await rejects(store.find(key), "InvalidRecordError", "find");
      await rejects(
        store.update(key, () => 1),
        "InvalidRecordError",
        "update",
      );
      await store.insert(key, 1);
      equal(await store.find(key), 1, "found after insert");
      await context.driver.write(`session:${encodeURIComponent(key)}`, "junk", lives());
      equal(await store.remove(key), true, "removed");
    },
    "atomic",
  ],
  [
    "rejects for a record of a later format and does not overwrite it (C20)",
    async (context) => {
      const text = '{"json":1,"v":2,"at":0}';
      const { store } = open(context, { onInvalid: "discard" });
      const key = context.newKey();
      const driverKey = `session:${encodeURIComponent(key)}`;
      await context.driver.write(driverKey, text, lives());
      await rejects(store.find(key), "InvalidRecordError", "find");
      await rejects(
        store.upsert(key, 1, () => 2),
        "InvalidRecordError",
        "upsert",
      );
      equal((await context.driver.read(driverKey))?.text, text, "text");
    },
    "atomic",
  ],
  [
    "tells keys apart (C21)",
    async (context) => {
      const { store } = open(context);
      const prefix = context.newKey();
      for (const [index, key] of KEYS.entries()) await store.insert(prefix + key, index);
      for (const [index, key] of KEYS.entries())
        equal(await store.find(prefix + key), index, `key ${key}`);
    },
  ],
  [
    "tells definitions apart (C22)",
    async (context) => {
      const one = open(context, { name: "one" }).store;
      const other = open(context, { name: "other" }).store;
      const key = context.newKey();
      await one.insert(key, 1);
      await other.insert(key, 2);
      await one.remove(key);
      equal(await one.find(key), undefined, "found in the one");
      equal(await other.find(key), 2, "found in the other");
    },
  ],
  [
    "takes the longest key, and is never given a longer one (C23)",
    async (context) => {
      const { store } = open(context);
      const longest = context
        .newKey()
        .replaceAll(":", "-")
        .padEnd(MAX_KEY_LENGTH - "session:".length, "k");
      await store.insert(longest, 1);
      equal(await store.find(longest), 1, "found");
      await rejects(store.find(`${longest}k`), "InvalidKeyError", "a longer key");
    },
  ],
];

function open(
  { driver }: TestContext,
  options: { name?: string; maxBytes?: number; onInvalid?: "discard" } = {},
) {
  const { name = "session", ...others } = options;
  return defineSession({
    // Any of them, to the compiler.
    name: name as "session",
    key: anything,
    value: anything,
    keyFn: () => null,
    driver,
    ...others,
  });
}
