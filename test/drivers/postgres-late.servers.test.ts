import pg from "pg";
import { describe, expect, inject, it } from "vitest";
import { defineSession, UnavailableError } from "zession";
import { postgresDriver } from "zession/drivers/postgres";
import { z } from "zod";
import { startProxy, type TcpProxy } from "../servers/proxy.ts";
import { byPg, byPostgres, type Connect } from "./postgres-conformance.ts";

const { postgres: url } = inject("servers");

type Begin = (proxy: TcpProxy, admin: pg.Client) => Promise<() => unknown>;
/** Lets another transaction do something, and end in its own time. */
const transaction =
  (sql: string, end: "COMMIT" | "ROLLBACK"): Begin =>
  async (_, admin) => {
    await admin.query("BEGIN");
    await admin.query(sql);
    return () => admin.query(end);
  };
const obstacles: [name: string, begin: Begin, isThere: boolean][] = [
  [
    "the network to speak again",
    async (proxy) => {
      proxy.hold();
      return () => proxy.resume();
    },
    true,
  ],
  ["a lock", transaction("SELECT 1 FROM late FOR UPDATE", "COMMIT"), true],
  ["an update", transaction("UPDATE late SET text = text", "COMMIT"), true],
  ["a removal", transaction("DELETE FROM late WHERE key LIKE '%inserted'", "COMMIT"), false],
  [
    "an insert that is rolled back",
    // By another connection first, so that the key is absent for everybody.
    async (proxy, admin) => {
      await admin.query("DELETE FROM late WHERE key LIKE '%inserted'");
      const insert =
        "INSERT INTO late (key, text, version) VALUES ('session:inserted', 'other', 'v')";
      return transaction(insert, "ROLLBACK")(proxy, admin);
    },
    false,
  ],
];

describe.each<[string, Connect]>([
  ["pg", byPg],
  ["postgres", byPostgres],
])("a write whose caller was told that it failed – %s", (_, connect) => {
  it.each(obstacles)(
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
        const base = { key: z.string(), value: z.number(), keyFn: () => null, driver };
        const { store } = defineSession(base);
        for (const key of ["inserted", "removed", "updated"]) await store.insert(key, 1);
        const impatient = defineSession({ ...base, timeout: 200 }).store;

        const end = await begin(proxy, admin);
        const late = await Promise.allSettled([
          impatient.insert("inserted", 2),
          impatient.remove("removed"),
          impatient.update("updated", () => 2),
        ]);
        for (const it of late)
          expect(it).toMatchObject({ status: "rejected", reason: expect.any(UnavailableError) });
        await end();

        // The only connection answers these after everything that was sent before.
        expect(await store.find("inserted")).toBe(isThere ? 1 : undefined);
        expect(await store.find("removed")).toBe(1);
        expect(await store.find("updated")).toBe(1);
      } finally {
        await close();
        await proxy.close();
        await admin.end();
      }
    },
  );
});
