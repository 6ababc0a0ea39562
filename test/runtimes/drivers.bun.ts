// The driver suite on Bun, run by `bun test`.

// @ts-expect-error: only Bun has this module, and its types are not installed here.
import { describe, it } from "bun:test";
import { join } from "node:path";
import { memoryDriver } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { describeDriver } from "zession/testing";

const filename = join(process.env["ZESSION_TEST_FOLDER"] ?? "", "sessions.db");
describeDriver("sqliteDriver", () => sqliteDriver({ filename }), { describe, it });
describeDriver("memoryDriver", () => memoryDriver(), { describe, it });
