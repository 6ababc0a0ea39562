import mysql from "mysql2";
import mysqlPromise, { type Pool, type PoolOptions } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigurationError, TooLargeError } from "zession";
import { type MysqlDriver, mysqlDriver } from "zession/drivers/mysql";
import { describeDriver } from "zession/testing";
import { type MariadbServer, startMariadb } from "../servers/mariadb.ts";
import { requireProgram } from "../servers/programs.ts";
import { startProxy, type TcpProxy } from "../servers/proxy.ts";
import { expectNothingLate, obstacles } from "./late-writes.ts";

const forever = { expiresAt: undefined, ttl: undefined };

// Without a server it is left out; in CI it has failed.
describe.skipIf(!requireProgram("mariadbd"))("mysqlDriver", () => {
  let server: MariadbServer;
  let pool: Pool;
  beforeAll(async () => {
    // Errors of a lock that takes long come soon, and must be taken for what they are.
    server = await startMariadb("--innodb-lock-wait-timeout=1", "--max-allowed-packet=16M");
    pool = mysqlPromise.createPool({ uri: server.url, connectionLimit: 8 });
  });
  afterAll(async () => {
    await pool.end();
    await server.remove();
  });

  /** Makes a driver on a table of its own. */
  async function migrated(table: string, on: Pool | mysql.Pool = pool): Promise<MysqlDriver> {
    const driver = mysqlDriver({ pool: on, table });
    await driver.migrate();
    return driver;
  }

  const oddities: PoolOptions = {
    flags: ["-FOUND_ROWS"],
    typeCast: false,
    nestTables: true,
    namedPlaceholders: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    timezone: "+09:00",
  };
  describe.each<[string, PoolOptions, number]>([
    ["a pool of promises", {}, 200],
    ["a pool of callbacks, with other settings", oddities, 25],
  ])("%s", (name, options, upserts) => {
    let proxy: TcpProxy;
    let driver: MysqlDriver;
    let own: mysql.Pool;
    beforeAll(async () => {
      proxy = await startProxy(server.url);
      const settings = { ...options, uri: proxy.url, connectionLimit: 8 };
      own = mysql.createPool(settings as mysql.PoolOptions);
      driver = await migrated(
        `conformance_${upserts}`,
        upserts < 200 ? own : (own.promise() as never),
      );
    });
    afterAll(async () => {
      // The network first: a pool waits for connections that are held.
      await proxy.close();
      own.end(() => {});
    });
    describeDriver(name, () => driver, {
      describe,
      it,
      upserts,
      outage: { begin: () => proxy.hold(), end: () => proxy.resume() },
    });
  });

  it("makes its table once, however many make it at the same time", async () => {
    const drivers = Array.from({ length: 8 }, () => mysqlDriver({ pool, table: "racing" }));
    await Promise.all(drivers.map((it) => it.migrate()));
    await drivers[0]?.migrate();
    await drivers[0]?.write("a", "text", forever);
    expect((await drivers[1]?.read("a"))?.text).toBe("text");
  });

  it("tells keys apart by every byte: case, accents and blanks at the end (D18)", async () => {
    const driver = await migrated("bytes");
    const keys = ["a", "A", "a ", "a  ", " a"];
    for (const key of keys) await driver.write(key, key, { ...forever, if: "absent" });
    for (const key of keys) expect((await driver.read(key))?.text).toBe(key);
  });

  it.each(obstacles("`key`"))(
    "does not carry out later what has failed for its caller: it waits for %s, and what comes after it in the pool (D13)",
    async (_, begin, isThere) => {
      const proxy = await startProxy(server.url);
      const own = mysqlPromise.createPool({ uri: proxy.url, connectionLimit: 1 });
      const other = await pool.getConnection();
      try {
        const driver = await migrated("late", own);
        await other.query("DELETE FROM late");
        await expectNothingLate(driver, () => begin(proxy, other), isThere);
      } finally {
        other.release();
        await proxy.close();
        await own.end();
      }
    },
  );

  it("waits for a lock as long as its caller, not as long as the server's setting (C27)", async () => {
    const driver = await migrated("locked");
    await driver.write("a", "old", forever);
    const other = await pool.getConnection();
    try {
      await other.query("BEGIN");
      await other.query("SELECT 1 FROM locked FOR UPDATE");
      const writing = driver.write("a", "new", { ...forever, timeout: 4000 });
      // Longer than innodb_lock_wait_timeout.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await other.query("COMMIT");
      expect(await writing).toMatchObject({ written: true });
    } finally {
      other.release();
    }
  });

  it("revives nothing that expires while a touch or a write waits (C25, C27)", async () => {
    const driver = await migrated("expiring");
    for (const key of ["touched", "replaced"])
      await driver.write(key, "text", { expiresAt: undefined, ttl: 300 });
    const other = await pool.getConnection();
    try {
      await other.query("BEGIN");
      await other.query("SELECT 1 FROM expiring FOR UPDATE");
      const touched = driver.touch?.("touched", forever);
      const replaced = driver.write("replaced", "new", { ...forever, if: "present" });
      await new Promise((resolve) => setTimeout(resolve, 400));
      await other.query("COMMIT");
      expect(await touched).toBe(false);
      expect(await replaced).toEqual({ written: false, current: undefined });
      expect(await driver.read("touched")).toBeUndefined();
    } finally {
      other.release();
    }
  });

  it("deletes all that has expired, and nothing else, also when two sweep at once (S32)", async () => {
    const driver = await migrated("swept");
    await pool.query(`INSERT INTO swept (\`key\`, text, version, deadline)
      SELECT CONCAT('expired-', seq), 'text', seq, 1 FROM seq_1_to_2500`);
    await driver.write("live", "text", { expiresAt: undefined, ttl: 60_000 });
    await driver.write("forever", "text", forever);
    const [one, two] = await Promise.all([driver.sweep(), driver.sweep()]);
    expect(one + two).toBe(2500);
    const [rows] = await pool.query("SELECT CAST(`key` AS char) AS k FROM swept ORDER BY k");
    expect(rows).toEqual([{ k: "forever" }, { k: "live" }]);
  });

  it("deletes expired sessions beside writes (S32)", async () => {
    const driver = await migrated("sweeping");
    for (let n = 0; n < 1000; n++)
      await driver.write(`key-${n}`, "text", { expiresAt: undefined, ttl: 1 });
    const [rows] = await pool.query("SELECT count(*) AS n FROM sweeping");
    expect(Number((rows as { n: number }[])[0]?.n)).toBeLessThan(600);
  });

  it("tells what is too large for the server before it breaks the connection (S31)", async () => {
    const small = await startMariadb("--max-allowed-packet=64K");
    const own = mysqlPromise.createPool({ uri: small.url, connectionLimit: 1 });
    try {
      const driver = await migrated("large", own);
      await expect(driver.write("a", "é".repeat(32_000), forever)).rejects.toThrow(TooLargeError);
      expect(await driver.write("a", "é".repeat(30_000), forever)).toMatchObject({ written: true });
    } finally {
      await own.end();
      await small.remove();
    }
  });

  it.each<[string, PoolOptions, string]>([
    ["a character set that lacks some characters", { charset: "latin1" }, "utf8mb4"],
    ["transactions that do not end by themselves", { flags: [] }, "autocommit"],
  ])("refuses connections with %s (S64)", async (_, options, message) => {
    const own = mysqlPromise.createPool({ uri: server.url, connectionLimit: 1, ...options });
    try {
      if (message === "autocommit") await own.query("SET autocommit = 0");
      const driver = mysqlDriver({ pool: own });
      await expect(driver.migrate()).rejects.toThrow(message);
      await expect(driver.write("a", "text", forever)).rejects.toThrow(ConfigurationError);
    } finally {
      await own.end();
    }
  });

  it.each(["", "1a", "a b", "a;", "a`", "ä", "a".repeat(56)])(
    "refuses %j for a table (S65)",
    (table) => {
      expect(() => mysqlDriver({ pool, table })).toThrow(ConfigurationError);
    },
  );

  it.each([undefined, null, {}, "mysql://localhost"])("refuses what is no pool: %j", (wrong) => {
    expect(() => mysqlDriver({ pool: wrong } as never)).toThrow(ConfigurationError);
  });
});
