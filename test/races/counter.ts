// Counts in one SQLite session and prints each count that is stored, until it is killed.
import { writeSync } from "node:fs";
import { defineSession } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { z } from "zod";

const { store } = defineSession({
  key: z.string(),
  value: z.number(),
  keyFn: () => null,
  driver: sqliteDriver({ filename: process.argv[2] ?? "" }),
});
for (;;) writeSync(1, `${await store.upsert("a", 1, (n) => n + 1)}\n`);
