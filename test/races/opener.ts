// Opens new SQLite files in a folder, each at a given moment, and writes to it.
import { join } from "node:path";
import { sqliteDriver } from "zession/drivers/sqlite";

const [, , folder = "", files, moment] = process.argv;
for (let file = 0; file < Number(files); file++) {
  while (Date.now() < Number(moment) + file * 100);
  const driver = sqliteDriver({ filename: join(folder, `new-${file}.db`) });
  await driver.write(`${process.pid}`, "text", { expiresAt: undefined, ttl: undefined });
  await driver.close?.();
}
