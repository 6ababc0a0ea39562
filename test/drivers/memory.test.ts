import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConfigurationError, cookieKey, defineSession, memoryDriver, TooLargeError } from "zession";
import { describeDriver } from "zession/testing";
import { z } from "zod";

const forever = { expiresAt: undefined, ttl: undefined };
const lives = (ttl: number) => ({ expiresAt: Date.now() + ttl, ttl });

describe("conformance", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  describeDriver("memoryDriver", () => memoryDriver(), {
    describe,
    it,
    advance: (milliseconds) => vi.setSystemTime(Date.now() + milliseconds),
  });
});

describe("memoryDriver", () => {
  it("drops the session unused for longest where maxEntries is passed (S72)", () => {
    const driver = memoryDriver({ maxEntries: 3 });
    for (const key of ["a", "b", "c"]) driver.write(key, key, forever);
    driver.read("a");
    driver.touch("b", forever);
    driver.write("d", "d", forever);
    expect(["a", "b", "c", "d"].map((key) => driver.read(key)?.text)).toEqual([
      "a",
      "b",
      undefined,
      "d",
    ]);
  });

  it("drops the session unused for longest where maxBytes is passed (S72)", () => {
    const text = "x".repeat(1000);
    const driver = memoryDriver({ maxBytes: 3 * (2 * 1001 + 256) });
    for (const key of ["a", "b", "c"]) driver.write(key, text, forever);
    driver.write("b", `${text}x`, forever);
    expect(["a", "b", "c"].map((key) => driver.read(key) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("evicts retained records only above three quarters, whatever is written without (D20)", () => {
    const driver = memoryDriver({ maxEntries: 8 });
    for (let i = 0; i < 6; i++) driver.write(`user-${i}`, "text", { ...forever, retain: true });
    for (let i = 0; i < 100; i++) driver.write(`visitor-${i}`, "text", forever);
    const users = () => [0, 1, 2, 3, 4, 5, 6].map((i) => driver.read(`user-${i}`) !== undefined);
    expect(users()).toEqual([true, true, true, true, true, true, false]);
    expect(driver.read("visitor-98")).toBeDefined();
    expect(driver.read("visitor-97")).toBeUndefined();
    // The seventh is one too many; user 0 is unused for longest.
    driver.write("user-6", "text", { ...forever, retain: true });
    expect(users()).toEqual([false, true, true, true, true, true, true]);
    expect(driver.read("visitor-99")).toBeDefined();
  });

  it("goes on retaining a record that is written and touched without asking for it (D20)", () => {
    const driver = memoryDriver({ maxEntries: 4 });
    driver.write("user", "old", forever);
    driver.write("user", "new", { ...forever, if: "present", retain: true });
    driver.write("user", "newer", forever);
    driver.touch("user", forever);
    driver.write("user", "newest", { ...forever, retain: false });
    for (let i = 0; i < 100; i++) driver.write(`visitor-${i}`, "text", forever);
    expect(driver.read("user")?.text).toBe("newest");
    // Another session under the same key is another session.
    driver.remove("user");
    driver.write("user", "anonymous", forever);
    for (let i = 0; i < 100; i++) driver.write(`visitor-${i}`, "text", forever);
    expect(driver.read("user")).toBeUndefined();
  });

  it("keeps what it has just written, however much of it others may keep (D20)", () => {
    const driver = memoryDriver({ maxBytes: 10_000 });
    const large = "x".repeat(3500);
    driver.write("user", large, { ...forever, retain: true });
    driver.write("visitor", large, forever);
    expect(driver.read("visitor")?.text).toBe(large);
    expect(driver.read("user")).toBeUndefined();
    driver.write("user", "x".repeat(4500), { ...forever, retain: true });
    expect(driver.read("user")).toBeDefined();
    expect(driver.read("visitor")).toBeUndefined();
  });

  it("keeps users signed in while visitors flood it (D20)", async () => {
    const driver = memoryDriver({ maxEntries: 100 });
    const { fromRequest, finalize } = defineSession({
      key: z.string(),
      value: z.object({ user: z.string().optional() }),
      keyFn: cookieKey(),
      driver,
    });
    const open = async (cookie = "") => {
      const request = new Request("https://localhost/", { headers: { cookie } });
      const session = await fromRequest(request);
      const cookieOf = () =>
        finalize(new Response(), request).headers.getSetCookie()[0]?.split(";")[0];
      return { session, cookieOf };
    };
    // One signs in with a session that there was, one with none.
    const visitor = await open();
    await visitor.session.insert({});
    const ada = await open(visitor.cookieOf());
    await ada.session.rotate({}, () => ({ user: "ada" }));
    const bob = await open();
    await bob.session.rotate({ user: "bob" }, () => ({ user: "bob" }));
    const cookies = [ada.cookieOf(), bob.cookieOf()];

    for (let i = 0; i < 1000; i++) await (await open()).session.insert({});
    const found = cookies.map(async (cookie) => (await open(cookie)).session.find());
    expect(await Promise.all(found)).toEqual([{ user: "ada" }, { user: "bob" }]);
    // The mark under her old token is still there too: a removal by it reaches her session.
    expect(await (await open(visitor.cookieOf())).session.remove()).toBe(true);
    expect(await (await open(cookies[0])).session.find()).toBeUndefined();
  });

  it("refuses a record that alone passes maxBytes and keeps the others", () => {
    const driver = memoryDriver({ maxBytes: 1000 });
    driver.write("a", "a", forever);
    expect(() => driver.write("b", "x".repeat(1000), forever)).toThrow(TooLargeError);
    expect(driver.read("a")?.text).toBe("a");
  });

  it("keeps its size under a flood of sessions that expire (S72)", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const driver = memoryDriver();
      const start = Date.now();
      for (let i = 0; i < 100_000; i++) {
        vi.setSystemTime(start + i);
        driver.write(`key-${i}`, "text", lives(100));
      }
      // What expired has been dropped along the way: a full sweep finds next to nothing.
      vi.setSystemTime(start + 200_000);
      expect(await driver.sweep()).toBeLessThan(500);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([0, 1, 4])(
    "keeps clearing expired sessions away while others are used: %d reads a write (S72, S32)",
    async (reads) => {
      vi.useFakeTimers({ toFake: ["Date"] });
      try {
        const start = Date.now();
        const driver = memoryDriver();
        for (let i = 0; i < 200; i++) driver.write(`used-${i}`, "text", lives(1e9));
        for (let i = 0; i < 20_000; i++) {
          vi.setSystemTime(start + i);
          driver.write(`visitor-${i}`, "text", lives(100));
          for (let read = 0; read < reads; read++) driver.read(`used-${(i * reads + read) % 200}`);
        }
        vi.setSystemTime(start + 200_000);
        expect(await driver.sweep()).toBeLessThan(1000);
        expect(driver.read("used-0")?.text).toBe("text");
      } finally {
        vi.useRealTimers();
      }
    },
  );

  it("finds expired sessions also behind ones that never expire (S72)", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const driver = memoryDriver();
      for (let i = 0; i < 100; i++) driver.write(`live-${i}`, "text", forever);
      for (let i = 0; i < 100; i++) driver.write(`dead-${i}`, "text", lives(100));
      vi.setSystemTime(Date.now() + 100);
      // Each write looks at two of the 201 sessions.
      for (let i = 0; i < 101; i++) driver.write("one", "text", lives(100));
      expect(await driver.sweep()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("clears away no successor of the session where it left off", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const driver = memoryDriver();
      for (const key of ["a", "b", "c", "d"]) driver.write(key, "old", lives(key === "c" ? 5 : 50));
      // The last of these looked at a and b: the next is to go on from c, which is replaced
      // meanwhile.
      driver.remove("c");
      vi.setSystemTime(Date.now() + 5);
      driver.write("c", "new", forever);
      driver.write("e", "new", lives(50));
      expect(driver.read("c")?.text).toBe("new");
    } finally {
      vi.useRealTimers();
    }
  });

  it("does what a plain map with expiry would, whatever the order of calls", async () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const ttl = fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined });
    const call = fc.oneof(
      fc.record({ verb: fc.constant("write" as const), key, ttl }),
      fc.record({ verb: fc.constant("touch" as const), key, ttl }),
      fc.record({ verb: fc.constantFrom("read" as const, "remove" as const), key }),
      fc.record({ verb: fc.constant("advance" as const), by: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ verb: fc.constant("sweep" as const) }),
    );
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
          const driver = memoryDriver();
          const model = new Map<string, { text: string; deadline: number }>();
          const live = (it: string) => {
            const entry = model.get(it);
            return entry !== undefined && Date.now() < entry.deadline ? entry : undefined;
          };
          for (const [index, it] of calls.entries()) {
            const deadline = "ttl" in it && it.ttl !== undefined ? Date.now() + it.ttl : Infinity;
            if (it.verb === "advance") {
              vi.setSystemTime(Date.now() + it.by);
            } else if (it.verb === "sweep") {
              await driver.sweep();
            } else if (it.verb === "write") {
              driver.write(it.key, `${index}`, it.ttl === undefined ? forever : lives(it.ttl));
              model.set(it.key, { text: `${index}`, deadline });
            } else if (it.verb === "touch") {
              const entry = live(it.key);
              const touched = driver.touch(it.key, it.ttl === undefined ? forever : lives(it.ttl));
              expect(touched).toBe(entry !== undefined);
              if (entry !== undefined) entry.deadline = deadline;
            } else if (it.verb === "remove") {
              expect(driver.remove(it.key)).toBe(live(it.key) !== undefined);
              model.delete(it.key);
            } else {
              expect(driver.read(it.key)?.text).toBe(live(it.key)?.text);
            }
          }
          for (const it of ["a", "b", "c", "d", "e"]) {
            expect(driver.read(it)?.text).toBe(live(it)?.text);
          }
        }),
        { numRuns: 2000 },
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it("takes any text for a key (S63)", () => {
    const driver = memoryDriver();
    for (const key of ["__proto__", "constructor", "toString", ""]) {
      expect(driver.read(key)).toBeUndefined();
      driver.write(key, key, forever);
      expect(driver.read(key)?.text).toBe(key);
    }
  });

  it("says that it is closed, and does not pass for an empty one (D16)", async () => {
    const driver = memoryDriver();
    driver.write("a", "a", forever);
    driver.close();
    driver.close();
    expect(() => driver.read("a")).toThrow("closed");
    expect(() => driver.write("a", "b", forever)).toThrow("closed");
    expect(() => driver.touch("a", forever)).toThrow("closed");
    expect(() => driver.remove("a")).toThrow("closed");
    await expect(driver.sweep()).rejects.toThrow("closed");
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses %s as a limit", (limit) => {
    expect(() => memoryDriver({ maxEntries: limit })).toThrow(ConfigurationError);
    expect(() => memoryDriver({ maxBytes: limit })).toThrow(ConfigurationError);
  });
});
