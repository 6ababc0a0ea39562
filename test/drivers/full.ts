// Writes sessions to SQLite until the file cannot grow, tells what became of them, and tries on
// until it can.
import { defineSession } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { z } from "zod";

const { store } = defineSession({
  key: z.string(),
  value: z.string(),
  keyFn: () => null,
  driver: sqliteDriver({ filename: process.argv[2] ?? "" }),
});
const text = "x".repeat(1000);
const failureOf = (work: Promise<unknown>): Promise<Error | undefined> =>
  work.then(
    () => undefined,
    (error) => error,
  );
const kept: string[] = [];
for (;;) {
  const key = `key-${kept.length}`;
  const failed = await failureOf(store.insert(key, text));
  if (failed !== undefined) {
    const found = await Promise.all(kept.map((it) => store.find(it)));
    const count = found.filter((it) => it === text).length;
    console.log(`refused by ${failed.name}, ${count} of ${kept.length} kept`);
    break;
  }
  kept.push(key);
}
console.log("full");
for (;;) {
  if ((await failureOf(store.insert("again", text))) === undefined) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
if ((await store.find("again")) === text) console.log("written again");
