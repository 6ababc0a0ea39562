import pg from "pg";
import postgres from "postgres";
import { afterAll, describe, expect, inject, it } from "vitest";
import { ConfigurationError, defineSession } from "zession";
import { type PgStatement, postgresDriver } from "zession/drivers/postgres";
import { z } from "zod";

const { postgres: url } = inject("servers");

describe("postgresDriver", () => {
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  afterAll(() => pool.end());

  it("makes its table once, however many make it at the same time", async () => {
    const drivers = Array.from({ length: 8 }, () => postgresDriver({ pool, table: "racing" }));
    await Promise.all(drivers.map((it) => it.migrate()));
    await drivers[0]?.migrate();
    await drivers[0]?.write("a", "text", { expiresAt: undefined, ttl: undefined });
    expect((await drivers[1]?.read("a"))?.text).toBe("text");
  });

  it("says what to call while its table is missing", async () => {
    const driver = postgresDriver({ pool, table: "missing" });
    const { store } = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: () => null,
      driver,
    });
    for (const calling of [() => store.find("a"), () => store.insert("a", 1)]) {
      const error = await calling().catch((it: unknown) => it);
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).toContain('no table "missing". Call driver.migrate()');
    }
    await driver.migrate();
    await store.insert("a", 1);
    expect(await store.find("a")).toBe(1);
  });

  it("keeps its table where it is told to, and shows the statement that makes it", async () => {
    await pool.query('CREATE SCHEMA IF NOT EXISTS "Own"');
    const driver = postgresDriver({ pool, schema: "Own", table: "Visits" });
    await pool.query(driver.ddl);
    const { store } = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: () => null,
      driver,
    });
    await store.insert("a", 1);
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM "Own"."Visits"');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it("deletes all that has expired, and nothing else, also when two sweep at once (S32)", async () => {
    const driver = postgresDriver({ pool, table: "swept" });
    await driver.migrate();
    await pool.query(`INSERT INTO swept (key, text, version, deadline)
      SELECT 'expired-' || n, 'text', n, now() - interval '1 millisecond' FROM generate_series(1, 5000) n`);
    await driver.write("live", "text", { expiresAt: undefined, ttl: 60_000 });
    await driver.write("forever", "text", { expiresAt: undefined, ttl: undefined });
    const [one, two] = await Promise.all([driver.sweep(), driver.sweep()]);
    expect(one + two).toBe(5000);
    const { rows } = await pool.query("SELECT key FROM swept ORDER BY key");
    expect(rows).toEqual([{ key: "forever" }, { key: "live" }]);
  });

  it("leaves an expired session that somebody is at to the next sweep, and does not wait for it", async () => {
    const driver = postgresDriver({ pool, table: "locked" });
    await driver.migrate();
    await driver.write("a", "text", { expiresAt: undefined, ttl: 1 });
    await driver.write("b", "text", { expiresAt: undefined, ttl: 1 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    const other = await pool.connect();
    try {
      await other.query("BEGIN; SELECT 1 FROM locked WHERE key = 'a' FOR UPDATE");
      expect(await driver.sweep()).toBe(1);
      await other.query("COMMIT");
    } finally {
      other.release();
    }
    expect(await driver.sweep()).toBe(1);
  });

  it("revives nothing that expires while a touch or a write waits (C25, C27)", async () => {
    const driver = postgresDriver({ pool, table: "expiring" });
    await driver.migrate();
    for (const key of ["touched", "replaced"])
      await driver.write(key, "text", { expiresAt: undefined, ttl: 300 });
    const other = await pool.connect();
    try {
      await other.query("BEGIN; SELECT 1 FROM expiring FOR UPDATE");
      const forever = { expiresAt: undefined, ttl: undefined };
      const touched = driver.touch?.("touched", forever);
      const replaced = driver.write("replaced", "new", { ...forever, if: "present" });
      await new Promise((resolve) => setTimeout(resolve, 400));
      // A record that another has changed is looked at again.
      await other.query("UPDATE expiring SET text = 'other'; COMMIT");
      expect(await touched).toBe(false);
      expect(await replaced).toEqual({ written: false, current: undefined });
      expect(await driver.read("touched")).toBeUndefined();
    } finally {
      other.release();
    }
  });

  const ownTypes = { getTypeParser: () => String };
  it.each<[string, () => pg.Pool | postgres.Sql]>([
    ["pg, with types of one's own", () => new pg.Pool({ connectionString: url, types: ownTypes })],
    ["postgres, columns in camel case", () => postgres(url, { transform: postgres.camel })],
    ["postgres, columns in Pascal case", () => postgres(url, { transform: postgres.pascal })],
  ])("takes no harm from how a client reads rows: %s", async (name, connect) => {
    const client = connect();
    const driver = postgresDriver({
      pool: client,
      table: name.replaceAll(/\W/g, "_").toLowerCase(),
    });
    await driver.migrate();
    let now = 0;
    const { session } = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: () => null,
      lifetime: { idle: "1h" },
      clock: () => now,
      driver,
    });
    const count = session(crypto.randomUUID());
    expect(await count.upsert(1, (n) => n + 1)).toBe(1);
    expect(await count.upsert(1, (n) => n + 1)).toBe(2);
    expect(await count.remove()).toBe(true);
    expect(await count.remove()).toBe(false);
    await count.insert(5);
    now = 3_599_999;
    expect(await count.touch()).toBe(true);
    now = 2 * 3_600_000;
    expect(await count.find()).toBeUndefined();
    await client.end();
  });

  it("shows what is there instead, also if it came while the write waited (C4, C36)", async () => {
    const driver = postgresDriver({ pool, table: "waiting" });
    await driver.migrate();
    const first = await driver.write("there", "old", { expiresAt: undefined, ttl: undefined });
    await driver.write("going", "old", { expiresAt: undefined, ttl: undefined });
    const version = first.written ? first.version : "";
    const other = await pool.connect();
    try {
      await other.query(`BEGIN;
        INSERT INTO waiting (key, text, version) VALUES ('absent', 'new', 'v');
        UPDATE waiting SET text = 'new', version = 'v' WHERE key = 'there';
        DELETE FROM waiting WHERE key = 'going'`);
      const forever = { expiresAt: undefined, ttl: undefined };
      const writes = [
        driver.write("absent", "mine", { ...forever, if: "absent" }),
        driver.write("there", "mine", { ...forever, if: { version } }),
      ];
      const waiting = "SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted";
      const going = driver.write("going", "mine", { ...forever, if: "present" });
      while ((await pool.query(waiting)).rows[0].n < 3);
      await other.query("COMMIT");
      for (const result of await Promise.all(writes)) {
        const current = { text: "new", version: "v", expiresAt: undefined };
        expect(result).toEqual({ written: false, current });
      }
      expect(await going).toEqual({ written: false, current: undefined });
    } finally {
      other.release();
    }
  });

  it.each(["LATIN1", "SQL_ASCII"])(
    "refuses a database whose encoding is %s, at its start or at the first write (S64)",
    async (encoding) => {
      const name = `encoding_${encoding.toLowerCase()}`;
      await pool.query(
        `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`,
      );
      const address = new URL(url);
      address.pathname = `/${name}`;
      const other = new pg.Pool({ connectionString: address.href });
      try {
        await expect(postgresDriver({ pool: other }).migrate()).rejects.toThrow(ConfigurationError);
        const driver = postgresDriver({ pool: other });
        await other.query(driver.ddl);
        const write = driver.write("a", "é", { expiresAt: undefined, ttl: undefined });
        await expect(write).rejects.toThrow(`this one's is ${encoding}`);
      } finally {
        await other.end();
        await pool.query(`DROP DATABASE ${name}`);
      }
    },
  );

  it("prepares each statement once for each connection, and goes on when the table has changed", async () => {
    const own = new pg.Pool({ connectionString: url, max: 1 });
    const driver = postgresDriver({ pool: own, table: "prepared" });
    await driver.migrate();
    const session = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: () => null,
      driver,
    });
    const count = () => session.store.upsert("a", 1, (n) => n + 1);
    const prepared = async () =>
      (
        await own.query(
          "SELECT statement, calls FROM (SELECT statement, generic_plans + custom_plans AS calls FROM pg_prepared_statements) AS p",
        )
      ).rows;
    for (let n = 1; n <= 5; n++) expect(await count()).toBe(n);
    const known = await prepared();
    // Reading, inserting and exchanging; the server's clock was asked for by "migrate".
    expect(known).toHaveLength(4);
    expect(known.map(({ calls }) => Number(calls)).sort()).toEqual([1, 1, 4, 5]);
    await own.query("ALTER TABLE prepared ALTER COLUMN text TYPE varchar");
    expect(await count()).toBe(6);
    expect(await count()).toBe(7);
    await own.end();
  });

  it("goes on writing when the server's clock is moved, or another server answers", async () => {
    let skew = 0;
    const moved = {
      query: async (statement: PgStatement | string) => {
        // The statements that create the table.
        if (typeof statement === "string") return pool.query(statement);
        const [caller, ...values] = statement.values;
        const first = caller === undefined ? [] : [Number(caller) - skew, ...values];
        const answer = await pool.query({ ...statement, values: first });
        const rows = answer.rows.map((row) => ({ ...row, time: `${Number(row.time) + skew}` }));
        return { rows };
      },
    };
    const driver = postgresDriver({ pool: moved, table: "moved" });
    await driver.migrate();
    const write = () =>
      driver.write("a", "text", { expiresAt: undefined, ttl: undefined, timeout: 5000 });
    for (skew of [0, 3_600_000, 7_200_000, -3_600_000, 0]) {
      expect(await write()).toMatchObject({ written: true });
    }
  });

  it("deletes what has expired as others are written (S32)", async () => {
    const driver = postgresDriver({ pool, table: "sweeping" });
    await driver.migrate();
    for (let n = 0; n < 2000; n++)
      await driver.write(`key-${n}`, "text", { expiresAt: undefined, ttl: 1 });
    const { rows } = await pool.query("SELECT count(*)::int AS left FROM sweeping");
    expect(rows[0].left).toBeLessThan(1000);
  });

  it.each(["", "1a", "a b", "a;", 'a"', "a'--", "ä", "a".repeat(56)])(
    "refuses %j for a table or a schema (S65)",
    (name) => {
      expect(() => postgresDriver({ pool, table: name })).toThrow(ConfigurationError);
      expect(() => postgresDriver({ pool, schema: name })).toThrow(ConfigurationError);
    },
  );

  it.each([undefined, null, {}, url])("refuses what is no pool: %j", (wrong) => {
    expect(() => postgresDriver({ pool: wrong } as never)).toThrow(ConfigurationError);
  });
});
