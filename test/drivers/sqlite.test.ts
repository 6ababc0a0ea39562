import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance as hooks } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConfigurationError, defineSession, InvalidRecordError, UnavailableError } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { describeDriver } from "zession/testing";
import { z } from "zod";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";

const folder = makeFolder("sqlite");
afterAll(() => removeFolder(folder));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

describe("conformance", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const shared = newFile();
  describeDriver("sqliteDriver", () => sqliteDriver({ filename: shared }), {
    describe,
    it,
    advance: (milliseconds) => vi.setSystemTime(Date.now() + milliseconds),
  });
});

const define = (filename: string, table?: string) =>
  defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: () => null,
    driver: sqliteDriver({ filename, table }),
    timeout: 200,
  });

describe("sqliteDriver", () => {
  it("keeps sessions over a restart", async () => {
    const filename = newFile();
    const before = define(filename);
    await before.store.insert("a", 1);
    await before.close();
    const after = define(filename);
    expect(await after.store.upsert("a", 1, (n) => n + 1)).toBe(2);
    await after.close();
  });

  it("keeps several tables in one file apart, and two drivers of one table together", async () => {
    const filename = newFile();
    const [one, two, same] = [
      define(filename, "one"),
      define(filename, "two"),
      define(filename, "one"),
    ];
    await one.store.insert("a", 1);
    expect(await two.store.find("a")).toBeUndefined();
    expect(await same.store.find("a")).toBe(1);
    await Promise.all([one.close(), two.close(), same.close()]);
  });

  it("takes any word for a table", async () => {
    const sessions = define(newFile(), "order");
    await sessions.store.insert("a", 1);
    expect(await sessions.store.find("a")).toBe(1);
    await sessions.close();
  });

  it.each(["", "sqlite_a", "1a", "a b", "a;", 'a"', "a'--", "ä", "a".repeat(64)])(
    "refuses %j for a table (S65)",
    (table) => {
      expect(() => sqliteDriver({ filename: newFile(), table })).toThrow(ConfigurationError);
    },
  );

  it("refuses a file name that is empty, in no folder, or of no database", () => {
    const text = newFile();
    writeFileSync(text, "no database, but long enough to be looked at as one".repeat(100));
    for (const filename of ["", join(folder, "none", "sessions.db"), folder, text]) {
      expect(() => sqliteDriver({ filename })).toThrow(ConfigurationError);
    }
    expect(readFileSync(text, "utf8")).toContain("no database");
  });

  it("waits while another process writes, blocks nobody, and carries out nothing late (S69, D13)", async () => {
    const filename = newFile();
    const { store, close } = define(filename);
    await store.insert("a", 1);
    const other = new DatabaseSync(filename);
    other.exec("BEGIN IMMEDIATE");
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    try {
      const started = performance.now();
      const first = store.insert("a", 2);
      const second = store.insert("a", 3);
      // Nobody waits to read.
      expect(await store.find("a")).toBe(1);
      await expect(first).rejects.toBeInstanceOf(UnavailableError);
      await expect(second).rejects.toBeInstanceOf(UnavailableError);
      expect(performance.now() - started).toBeLessThan(1000);
      expect(ticks).toBeGreaterThan(5);
      const before = hooks.eventLoopUtilization();
      await expect(store.insert("a", 3)).rejects.toBeInstanceOf(UnavailableError);
      expect(hooks.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
    } finally {
      clearInterval(ticking);
      other.exec("COMMIT");
      other.close();
    }
    // This write takes its turn after those whose callers were told that they failed.
    await store.insert("b", 4);
    expect(await store.find("a")).toBe(1);
    await close();
  });

  it("carries out what waits for another process in the order of the calls (C36)", async () => {
    const filename = newFile();
    const driver = sqliteDriver({ filename });
    const other = new DatabaseSync(filename);
    other.exec("BEGIN IMMEDIATE");
    const forever = { expiresAt: undefined, ttl: undefined };
    const first = driver.write("a", "1", forever);
    const second = driver.remove("a");
    const third = driver.write("a", "3", { ...forever, if: "absent" });
    other.exec("COMMIT");
    other.close();
    expect(await first).toMatchObject({ written: true });
    expect(await second).toBe(true);
    expect(await third).toMatchObject({ written: true });
    await driver.close();
  });

  it("says that it is closed, to every definition that uses it, and closes once (D16)", async () => {
    const driver = sqliteDriver({ filename: newFile() });
    const base = { key: z.string(), value: z.number(), keyFn: () => null, driver };
    const one = defineSession({ ...base, name: "one" });
    await one.store.insert("a", 1);
    await driver.close();
    await driver.close();
    for (const call of [
      () => one.store.find("a"),
      () => one.store.insert("a", 2),
      () => one.store.upsert("a", 1, (n) => n + 1),
      () => one.store.touch("a"),
      () => one.store.remove("a"),
      () => driver.sweep(),
    ]) {
      const error = await call().catch((error) => error);
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error.message).toBe("The SQLite driver is closed.");
    }
  });

  // Windows deletes no file that is open.
  it.skipIf(process.platform === "win32")(
    "notices that its file was deleted or replaced, and acknowledges nothing until it is back (S68)",
    async () => {
      const filename = newFile();
      const { store, close } = define(filename);
      await store.insert("a", 1);
      renameSync(filename, `${filename}.away`);
      for (const replace of [() => {}, () => writeFileSync(filename, "another")]) {
        replace();
        await expect(store.insert("a", 2)).rejects.toBeInstanceOf(UnavailableError);
        await expect(store.remove("a")).rejects.toMatchObject({
          name: "UnavailableError",
          message: expect.stringContaining("was deleted or replaced"),
        });
      }
      // Reads look once a second.
      const later = performance.now() + 1000;
      vi.spyOn(performance, "now").mockReturnValue(later);
      await expect(store.find("a")).rejects.toBeInstanceOf(UnavailableError);
      vi.restoreAllMocks();
      renameSync(`${filename}.away`, filename);
      expect(await store.upsert("a", 0, (n) => n + 1)).toBe(2);
      await close();
    },
  );

  it("takes a BLOB that somebody else has stored for a damaged record (S64)", async () => {
    const filename = newFile();
    const { store, close } = define(filename);
    await store.insert("a", 1);
    const other = new DatabaseSync(filename);
    other.exec("UPDATE zession SET text = x'00ff'");
    other.close();
    await expect(store.find("a")).rejects.toBeInstanceOf(InvalidRecordError);
    await expect(store.update("a", () => 2)).rejects.toBeInstanceOf(InvalidRecordError);
    expect(await store.insert("a", 2)).toBe(2);
    expect(await store.remove("a")).toBe(true);
    await close();
  });

  it("closes when what waits for another process has been written (C40)", async () => {
    const filename = newFile();
    const { store, close } = define(filename);
    const other = new DatabaseSync(filename);
    other.exec("BEGIN IMMEDIATE");
    const insert = store.insert("a", 1);
    const closed = close();
    other.exec("COMMIT");
    other.close();
    expect(await insert).toBe(1);
    await closed;
    const after = define(filename);
    expect(await after.store.find("a")).toBe(1);
    await after.close();
  });

  it("gives up where another process keeps the file", async () => {
    const filename = newFile();
    const driver = sqliteDriver({ filename });
    const other = new DatabaseSync(filename);
    other.exec("BEGIN IMMEDIATE");
    try {
      const write = driver.write("a", "text", { expiresAt: undefined, ttl: undefined });
      const soon = performance.now() + 5001;
      vi.spyOn(performance, "now").mockReturnValue(soon);
      await expect(write).rejects.toThrow("database is locked");
    } finally {
      vi.restoreAllMocks();
      other.close();
      driver.close();
    }
  });

  it("clears expired sessions away as others are written, with no timer (S32, S72)", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const filename = newFile();
    const driver = sqliteDriver({ filename });
    const other = new DatabaseSync(filename);
    try {
      const start = Date.now();
      for (let i = 0; i < 2000; i++) {
        vi.setSystemTime(start + i);
        driver.write(`key-${i}`, "text", { expiresAt: start + i + 100, ttl: 100 });
      }
      // A hundred live, and at most as many wait for the next batch.
      expect(
        other.prepare("SELECT count(*) AS rows FROM zession").get()?.["rows"],
      ).toBeLessThanOrEqual(200);
    } finally {
      other.close();
      driver.close();
      vi.useRealTimers();
    }
  });
});
