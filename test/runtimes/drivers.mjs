// The driver suite on another runtime, by its runner of `node:test`.
import { join } from "node:path";
import { describe, it } from "node:test";
import { memoryDriver } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { describeDriver } from "zession/testing";

const filename = join(process.env["ZESSION_TEST_FOLDER"] ?? "", "sessions.db");
describeDriver("sqliteDriver", () => sqliteDriver({ filename }), { describe, it });
describeDriver("memoryDriver", () => memoryDriver(), { describe, it });
