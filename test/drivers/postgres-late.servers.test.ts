import pg from "pg";
import { describe, inject, it } from "vitest";
import { postgresDriver } from "zession/drivers/postgres";
import { startProxy } from "../servers/proxy.ts";
import { expectNothingLate, obstacles } from "./late-writes.ts";
import { byPg, byPostgres, type Connect } from "./postgres-conformance.ts";

const { postgres: url } = inject("servers");

describe.each<[string, Connect]>([
  ["pg", byPg],
  ["postgres", byPostgres],
])("a write whose caller was told that it failed – %s", (_, connect) => {
  it.each(obstacles("key"))(
    "is not carried out later: it waits for %s, and those after it in the pool (D13)",
    async (_, begin, isThere) => {
      const admin = new pg.Client({ connectionString: url });
      await admin.connect();
      const proxy = await startProxy(url);
      const { pool, close } = connect(proxy.url, 1);
      try {
        const driver = postgresDriver({ pool, table: "late" });
        await driver.migrate();
        await admin.query("DELETE FROM late");
        await expectNothingLate(driver, () => begin(proxy, admin), isThere);
      } finally {
        await close();
        await proxy.close();
        await admin.end();
      }
    },
  );
});
