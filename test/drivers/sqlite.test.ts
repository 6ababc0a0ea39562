import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance as hooks } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConfigurationError, defineSession, UnavailableError } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { describeDriver } from "zession/testing";
import { z } from "zod";

const folder = mkdtempSync(join(tmpdir(), "zession-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
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

  it("waits in order while another process writes, and holds nobody up (S69)", async () => {
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
    // Those given up may still be carried out, but before what is written now.
    await store.insert("a", 4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await store.find("a")).toBe(4);
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
