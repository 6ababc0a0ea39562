import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "zession";
import { libsqlDriver } from "zession/drivers/libsql";
import { describeDriver } from "zession/testing";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import { expectNothingLate } from "./late-writes.ts";

const folder = makeFolder("libsql");
afterAll(() => removeFolder(folder));

const forever = { expiresAt: undefined, ttl: undefined };

describe("libsqlDriver", () => {
  const clients: Client[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  function open(url: string, intMode?: "bigint"): Client {
    const client = createClient({ url, ...(intMode && { intMode }) });
    clients.push(client);
    return client;
  }
  const fileOf = (name: string): string => `file:${join(folder, name)}`;

  describeDriver(
    "a file, each driver with a client of its own",
    async () => {
      const driver = libsqlDriver({ client: open(fileOf("conformance.db")) });
      await driver.migrate();
      return driver;
    },
    { describe, it },
  );

  const name = "memory, and integers as bigints";
  describeDriver(
    name,
    async () => {
      const driver = libsqlDriver({ client: open(":memory:", "bigint") });
      await driver.migrate();
      return driver;
    },
    {
      // Groups in which integers come back, and none that waits.
      describe: (title, define) => {
        if (title === name || ["writes", "versions", "verbs", "data"].includes(title))
          describe(title, define);
      },
      it,
    },
  );

  it("carries out no write whose caller was told that it failed while another held the file (D13)", async () => {
    const client = open(fileOf("late.db"));
    const driver = libsqlDriver({ client });
    await driver.migrate();
    await expectNothingLate(driver, async () => {
      const other = await open(fileOf("late.db")).transaction("write");
      return () => other.commit();
    });
  });

  it("refuses a write that reaches the database after its time (D13)", async () => {
    const client = open(":memory:");
    let delay = 0;
    const wait = () => new Promise((resolve) => setTimeout(resolve, delay));
    const slow: typeof client = Object.create(client, {
      execute: { value: (statement: never) => wait().then(() => client.execute(statement)) },
    });
    const driver = libsqlDriver({ client: slow });
    await driver.migrate();
    await driver.write("a", "old", forever);
    delay = 30;
    await expect(driver.write("a", "new", { ...forever, timeout: 10 })).rejects.toThrow();
    await expect(driver.write("b", "new", { ...forever, timeout: 10 })).rejects.toThrow();
    await expect(driver.remove("a", { timeout: 10 })).rejects.toThrow();
    expect((await driver.read("a"))?.text).toBe("old");
    expect(await driver.read("b")).toBeUndefined();
  });

  it("waits for another process that writes, and then writes", async () => {
    const driver = libsqlDriver({ client: open(fileOf("waiting.db")) });
    await driver.migrate();
    const other = await open(fileOf("waiting.db")).transaction("write");
    const writing = driver.write("a", "text", { ...forever, timeout: 4000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.commit();
    expect(await writing).toMatchObject({ written: true });
  });

  it("deletes all that has expired, and nothing else (S32)", async () => {
    const client = open(":memory:");
    const driver = libsqlDriver({ client, table: "swept" });
    await driver.migrate();
    await client.execute(`WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 500)
      INSERT INTO swept (key, text, version, deadline) SELECT 'expired-' || n, 'text', n, 1 FROM n`);
    await driver.write("live", "text", { expiresAt: undefined, ttl: 60_000 });
    await driver.write("forever", "text", forever);
    expect(await driver.sweep()).toBe(500);
    const { rows } = await client.execute("SELECT key FROM swept ORDER BY key");
    expect(rows.map((it) => it["key"])).toEqual(["forever", "live"]);
  });

  it.each(["", "1a", "a b", 'a"', "sqlite_a", "libsql_a", "ä", "a".repeat(64)])(
    "refuses %j for a table (S65)",
    (table) => {
      const client = open(":memory:");
      expect(() => libsqlDriver({ client, table })).toThrow(ConfigurationError);
    },
  );

  it.each([undefined, null, {}, "file:a.db"])("refuses what is no client: %j", (wrong) => {
    expect(() => libsqlDriver({ client: wrong } as never)).toThrow(ConfigurationError);
  });
});
