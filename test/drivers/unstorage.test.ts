import { createStorage, type Driver, prefixStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import memoryDriver from "unstorage/drivers/memory";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConfigurationError, defineSession, InvalidRecordError, UnavailableError } from "zession";
import { type UnstorageDriver, unstorageDriver } from "zession/drivers/unstorage";
import { describeDriver } from "zession/testing";
import { z } from "zod";
import { openFiles, storages } from "./unstorage-storages.ts";

const forever = { expiresAt: undefined, ttl: undefined };
const lives = (ttl: number) => ({ expiresAt: Date.now() + ttl, ttl });

function open(driver: UnstorageDriver) {
  const base = { key: z.string(), value: z.string(), keyFn: () => null };
  return defineSession({ ...base, driver }).session("a");
}

/** Returns a promise, and a function that resolves it. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

describe.each(storages)("conformance – %s", (name, make) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  describeDriver(`unstorageDriver on ${name}`, () => unstorageDriver({ storage: make() }), {
    describe,
    it,
    advance: (milliseconds) => vi.setSystemTime(Date.now() + milliseconds),
  });

  it("keeps apart what a storage, a file system or a case-blind column takes for one", async () => {
    const driver = unstorageDriver({ storage: make() });
    const long = "k".repeat(508);
    const keys = ["a", "A", "a:b", "a/b", "a::b", "a\\b", ":a", "a:", "a.", "a..", "a ", "a?b"];
    keys.push("..", ".", "../a", "a:..:a", "a$", "con", "CON", `${long}:a/`, `${long}:A/`, long);
    for (const key of keys) {
      expect(await driver.write(key, key, { ...forever, if: "absent" }), key).toMatchObject({
        written: true,
      });
    }
    for (const key of keys) expect((await driver.read(key))?.text, key).toBe(key);
    for (const key of keys) expect(await driver.remove(key), key).toBe(true);
  });

  it.each(["", "1", "1e3", "null", "true", "undefined", "NaN", '"a"', "[1]", '{"__proto__":1}'])(
    "reads back the text that it wrote, whatever it looks like: %j",
    async (text) => {
      const driver = unstorageDriver({ storage: make() });
      await driver.write("text", text, forever);
      expect((await driver.read("text"))?.text).toBe(text);
    },
  );
});

describe("an outage", () => {
  let isOut = false;
  const inner = memoryDriver();
  /** A driver of unstorage whose backend can be out of reach: nothing is carried out or answered. */
  const silent = new Proxy(inner, {
    get: (target, name: keyof Driver) => {
      const method = target[name];
      if (typeof method !== "function") return method;
      return (...args: never[]) =>
        isOut ? new Promise(() => {}) : (method as (...args: never[]) => unknown)(...args);
    },
  });
  const name = "a storage that may fall silent";
  describeDriver(name, () => unstorageDriver({ storage: createStorage({ driver: silent }) }), {
    // The other groups are those of every storage.
    describe: (title, define) => {
      if ([name, "outage"].includes(title)) describe(title, define);
    },
    it,
    outage: { begin: () => (isOut = true), end: () => (isOut = false) },
  });

  it("keeps no later write from going on, where the storage never answers an earlier one", async () => {
    const driver = unstorageDriver({ storage: createStorage({ driver: silent }) });
    isOut = true;
    void driver.write("unanswered", "old", { ...forever, timeout: 20 });
    isOut = false;
    const late = driver.write("unanswered", "late", { ...forever, timeout: 10 });
    const next = driver.write("unanswered", "new", { ...forever, timeout: 5000 });
    await expect(late).rejects.toThrow("after");
    expect(await next).toMatchObject({ written: true });
    expect((await driver.read("unanswered"))?.text).toBe("new");
  });

  it("is no absence: each verb rejects with the storage's error (S67)", async () => {
    const down = () => Promise.reject(Object.assign(new Error("down"), { code: "DOWN" }));
    const broken = { ...memoryDriver(), getItem: down, setItem: down, removeItem: down };
    const session = open(unstorageDriver({ storage: createStorage({ driver: broken }) }));
    for (const verb of [() => session.find(), () => session.insert("b"), () => session.remove()]) {
      const error = await verb().catch((it: unknown) => it);
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toMatchObject({ cause: { code: "DOWN" } });
    }
  });

  it("is no absence where files answer with an error instead of throwing it", async () => {
    // No folder can be there.
    const storage = createStorage({ driver: fsDriver({ base: `${import.meta.filename}/a` }) });
    const session = open(unstorageDriver({ storage }));
    await expect(session.find()).rejects.toMatchObject({
      name: "UnavailableError",
      cause: { code: "ENOTDIR" },
    });
  });

  it("carries out no write or removal after its time, if the storage was slow to read (D13)", async () => {
    let isSlow = false;
    const memory = memoryDriver();
    const getItem: Driver["getItem"] = async (key) => {
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, 30));
      return memory.getItem(key);
    };
    const storage = createStorage({ driver: { ...memory, getItem } });
    const driver = unstorageDriver({ storage });
    await driver.write("a", "old", forever);
    isSlow = true;
    const late = { ...forever, timeout: 10 };
    await expect(driver.write("a", "new", { ...late, if: "present" })).rejects.toThrow("after");
    await expect(driver.remove("a", { timeout: 10 })).rejects.toThrow("after");
    expect((await driver.read("a"))?.text).toBe("old");
  });

  it("rejects a removal that the storage did not carry out", async () => {
    const stubborn = { ...memoryDriver(), removeItem: () => {} };
    const session = open(unstorageDriver({ storage: createStorage({ driver: stubborn }) }));
    await session.insert("b");
    await expect(session.remove()).rejects.toBeInstanceOf(UnavailableError);
  });
});

describe("files", () => {
  it("are read whole or not at all, while another process writes", async () => {
    const storage = openFiles();
    const [one, other] = [unstorageDriver({ storage }), unstorageDriver({ storage })];
    const texts = ["short", "long".repeat(100_000)];
    await one.write("a", "short", forever);
    let isDone = false;
    const writing = (async () => {
      for (let i = 0; i < 100; i++) {
        await one.write("a", texts[i % 2] ?? "", lives(60_000 + i));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      isDone = true;
    })();
    const found = new Set<string | undefined>();
    while (!isDone) found.add((await other.read("a"))?.text);
    await writing;
    expect([...found].map((it) => it?.length).toSorted()).toEqual([400_000, 5]);
  });

  it("are not damaged by two requests of one process that write at once", async () => {
    const session = open(unstorageDriver({ storage: openFiles() }));
    for (let i = 0; i < 200; i++) {
      await Promise.all([session.insert("a".repeat(100)), session.insert("b".repeat(80))]);
      expect(["a".repeat(100), "b".repeat(80)]).toContain(await session.find());
    }
  });

  it.each(["", "zession:", '{"json":"b","v":1,"at":0}', "junk", "7"])(
    "that are damaged are no absence, and can be removed and replaced: %j",
    async (damaged) => {
      const storage = openFiles();
      const session = open(unstorageDriver({ storage }));
      await session.insert("b");
      const [name = ""] = await storage.getKeys();
      await storage.setItem(name, damaged);
      await expect(session.find()).rejects.toBeInstanceOf(InvalidRecordError);
      await session.insert("c");
      expect(await session.find()).toBe("c");
      await storage.setItem(name, damaged);
      expect(await session.remove()).toBe(true);
      expect(await session.find()).toBeUndefined();
    },
  );

  it("have names of any file system's letters and length", async () => {
    const storage = openFiles();
    await unstorageDriver({ storage }).write(`Ünïcode/..\\${"K".repeat(480)}`, "text", forever);
    expect(await storage.getKeys()).toEqual([expect.stringMatching(/^zession:[0-9a-f]{64}$/)]);
  });
});

describe("expiry", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("is told to the storage in whole seconds, and never too early", async () => {
    const setItem = vi.fn();
    const storage = createStorage({ driver: { ...memoryDriver(), setItem } });
    const driver = unstorageDriver({ storage });
    await driver.write("a", "text", lives(1500.5));
    await driver.write("a", "text", lives(0.5));
    await driver.write("a", "text", forever);
    expect(setItem.mock.calls.map(([, , options]) => options)).toEqual([
      { ttl: 2 },
      { ttl: 1 },
      {},
    ]);
  });

  it("is swept, on a prefix too, and nothing else is (S32)", async () => {
    const all = createStorage();
    await all.setItem("zession:other", "kept");
    await all.setItem("mine:zession:other", "kept");
    const driver = unstorageDriver({ storage: prefixStorage(all, "mine") });
    const elsewhere = unstorageDriver({ storage: all });
    for (let i = 0; i < 50; i++) await driver.write(`dead-${i}`, "text", lives(100));
    await driver.write("live", "text", lives(1000));
    await driver.write("forever", "text", forever);
    await elsewhere.write("dead", "text", lives(100));
    vi.setSystemTime(Date.now() + 100);
    expect(await driver.sweep()).toBe(50);
    expect(await driver.sweep()).toBe(0);
    expect(await all.getKeys()).toHaveLength(5);
    expect((await driver.read("live"))?.text).toBe("text");
  });

  it("is swept although one record cannot be read, which the sweep tells (S32)", async () => {
    const memory = memoryDriver();
    let broken = "";
    const getItem: Driver["getItem"] = (key) => {
      if (key === broken) throw new Error("bad sector");
      return memory.getItem(key);
    };
    const storage = createStorage({ driver: { ...memory, getItem } });
    const driver = unstorageDriver({ storage });
    for (const key of ["a", "b", "c"]) await driver.write(key, "text", lives(100));
    [broken = ""] = await storage.getKeys();
    vi.setSystemTime(Date.now() + 100);
    await expect(driver.sweep()).rejects.toThrow("bad sector");
    expect(await storage.getKeys()).toEqual([broken]);
  });

  it("loses no session that is written while its expired record is swept (C31)", async () => {
    const memory = memoryDriver();
    const [removing, removal] = [gate(), gate()];
    const removeItem: Driver["removeItem"] = async (key, options) => {
      removing.open();
      await removal.passed;
      await memory.removeItem?.(key, options);
    };
    const storage = createStorage({ driver: { ...memory, removeItem } });
    const driver = unstorageDriver({ storage });
    await driver.write("a", "dead", lives(100));
    vi.setSystemTime(Date.now() + 100);
    const sweeping = driver.sweep();
    await removing.passed;
    const writing = driver.write("a", "live", forever);
    removal.open();
    expect(await sweeping).toBe(1);
    await writing;
    expect((await driver.read("a"))?.text).toBe("live");
  });

  it("loses no session whose write is under way when a sweep comes by (C31)", async () => {
    const memory = memoryDriver();
    const [start, landed] = [gate(), gate()];
    const setItem: Driver["setItem"] = async (key, text, options) => {
      if (text.endsWith("live")) await start.passed;
      await memory.setItem?.(key, text, options);
      if (text.endsWith("live")) landed.open();
    };
    const removeItem: Driver["removeItem"] = async (key, options) => {
      await landed.passed;
      await memory.removeItem?.(key, options);
    };
    const storage = createStorage({ driver: { ...memory, setItem, removeItem } });
    const driver = unstorageDriver({ storage });
    await driver.write("a", "dead", lives(100));
    vi.setSystemTime(Date.now() + 100);
    const writing = driver.write("a", "live", forever);
    const sweeping = driver.sweep();
    await new Promise((resolve) => setTimeout(resolve));
    start.open();
    await writing;
    expect(await sweeping).toBe(0);
    expect((await driver.read("a"))?.text).toBe("live");
  });
});

it.each([undefined, null, {}, "memory", new Map(), { getItem: () => {}, setItem: () => {} }])(
  "unstorageDriver refuses what is no storage: %j",
  (storage) => {
    expect(() => unstorageDriver({ storage } as never)).toThrow(ConfigurationError);
  },
);
