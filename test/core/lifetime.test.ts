import { describe, expect, it, vi } from "vitest";
import {
  ConfigurationError,
  type DriverExpiry,
  type Duration,
  defineSession,
  type LifetimeOptions,
  memoryDriver,
} from "zession";
import { z } from "zod";

/** A session with a clock of its own, which starts at `start` and is moved by hand. */
function open(lifetime: LifetimeOptions, { start = 0, touch = true } = {}) {
  let now = start;
  const driver = memoryDriver();
  if (!touch) Object.assign(driver, { touch: undefined });
  const write = vi.spyOn(driver, "write");
  const touched = touch ? vi.spyOn(driver, "touch") : write;
  const { session } = defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: () => "a",
    lifetime,
    clock: () => now,
    driver,
  });
  return {
    driver,
    session: session("a"),
    write,
    touched,
    expiresAt: () => driver.read("session:a")?.expiresAt,
    at: (time: number) => {
      now = start + time;
    },
  };
}

describe("the end of a session", () => {
  it("is not moved by a read that an asynchronous schema has held up until after it (S19)", async () => {
    let now = 0;
    const slow = z.number().refine(async () => {
      now += 700;
      return true;
    });
    const { store } = defineSession({
      key: z.string(),
      value: slow,
      keyFn: () => "a",
      lifetime: { idle: 2000 },
      clock: () => now,
    });
    await store.insert("a", 1);
    now = 2600;
    expect(await store.find("a")).toBe(1);
    expect(await store.find("a")).toBeUndefined();
  });

  it("is not moved on another session that was stored meanwhile (S20)", async () => {
    const { session, at, driver } = open({ idle: 600, absolute: 1000 });
    await session.insert(1);
    at(550);
    await session.insert(1);
    at(950);
    const touch = driver.touch.bind(driver);
    driver.touch = ((...args: Parameters<typeof touch>) =>
      (async () => {
        driver.touch = touch;
        await session.remove();
        await session.insert(2);
        return touch(...args);
      })()) as never;
    expect(await session.touch()).toBe(true);
    at(1001);
    expect(await session.find()).toBe(2);
  });

  it("comes by a shorter idle limit from the next use on", async () => {
    const driver = memoryDriver();
    let now = 0;
    const define = (idle: number) =>
      defineSession({
        key: z.string(),
        value: z.number(),
        keyFn: () => "a",
        lifetime: { idle },
        clock: () => now,
        driver,
      });
    await define(1_000_000).store.insert("a", 1);
    expect(await define(1000).store.find("a")).toBe(1);
    now = 1000;
    expect(await define(1000).store.find("a")).toBeUndefined();
  });

  it("is never handed to a driver as no time at all", async () => {
    let now = 0;
    const driver = memoryDriver();
    const write = vi.spyOn(driver, "write");
    const touch = vi.spyOn(driver, "touch");
    const { store } = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: () => "a",
      lifetime: { absolute: 10 },
      // A clock that moves with every look at it.
      clock: () => now++,
      driver,
    });
    await store.insert("a", 0);
    for (let i = 0; i < 20; i++) await store.upsert("a", i, (n) => n + 1);
    // Each of them looks at the clock, so that the last touch comes at every distance from the end.
    for (let finds = 0; finds < 4; finds++) {
      await store.remove("a");
      await store.insert("a", finds);
      for (let i = 0; i < finds; i++) await store.find("a");
      while (await store.touch("a"));
    }
    for (const [, , { ttl }] of write.mock.calls) expect(ttl).toBeGreaterThan(0);
    expect(touch).toHaveBeenCalled();
    for (const [, { ttl }] of touch.mock.calls) expect(ttl).toBeGreaterThan(0);
  });

  it("is told alike by find, remove and touch (B32)", async () => {
    const driver = memoryDriver();
    const define = (absolute: number, value: z.ZodType<unknown> = z.number()) =>
      defineSession({
        key: z.string(),
        value,
        keyFn: () => "a",
        lifetime: { absolute },
        clock: () => 5000,
        onInvalid: "discard",
        driver,
      }).store;
    const at = (time: number) =>
      driver.write("session:a", `{"json":1,"v":1,"at":${time}}`, {
        expiresAt: 99_999,
        ttl: 99_999,
      });
    at(0);
    for (const store of [define(1000), define(10_000, z.string())]) {
      expect(await store.find("a")).toBeUndefined();
      expect(await store.touch("a")).toBe(false);
    }
    expect(await define(1000).remove("a")).toBe(false);
    expect(await define(10_000).remove("a")).toBe(true);
  });
});

describe("the idle limit", () => {
  it.each([0, Date.now(), Date.now() + 1e12])(
    "ends a session at its moment, by a clock that says %d (S25, S29, B32)",
    async (start) => {
      const { session, at } = open({ idle: 10_000 }, { start });
      await session.insert(1);
      at(9_999);
      expect(await session.remove()).toBe(true);
      at(0);
      await session.insert(1);
      at(10_000);
      expect(await session.find()).toBeUndefined();
      expect(await session.touch()).toBe(false);
      expect(await session.update((n) => n + 1)).toBeUndefined();
      expect(await session.remove()).toBe(false);
    },
  );

  it("is restarted by a write and by a touch", async () => {
    const { session, at } = open({ idle: 10_000 });
    await session.insert(1);
    at(9_000);
    await session.update((n) => n + 1);
    at(18_000);
    expect(await session.touch()).toBe(true);
    at(27_999);
    expect(await session.find()).toBe(2);
  });

  it("is restarted by a write of what is stored already", async () => {
    const { session, at } = open({ idle: 10_000 });
    await session.insert(1);
    at(9_000);
    await session.update((n) => n);
    at(18_000);
    expect(await session.find()).toBe(1);
  });

  it.each([true, false])(
    "is restarted by reading, with one write per tenth of it at most (B34) – driver has touch: %s",
    async (touch) => {
      const { session, at, touched, expiresAt } = open({ idle: 10_000 }, { touch });
      await session.insert(1);
      touched.mockClear();
      at(999);
      await session.find();
      expect(touched).toHaveBeenCalledTimes(0);
      at(1_000);
      await session.find();
      await session.find();
      expect(touched).toHaveBeenCalledTimes(1);
      expect(expiresAt()).toBe(11_000);
      for (let time = 1_000; time <= 60_000; time += 100) {
        at(time);
        expect(await session.find()).toBe(1);
      }
      expect(touched.mock.calls.length).toBeLessThanOrEqual(60);
    },
  );

  it("starts a new session where one has ended", async () => {
    const { session, at } = open({ idle: 10_000 });
    await session.insert(1);
    at(10_000);
    expect(await session.upsert(5, (n) => n + 1)).toBe(5);
    at(20_000);
    expect(await session.swap(6)).toBeUndefined();
    expect(await session.find()).toBe(6);
  });

  it("counts for an update that takes longer than the session lasts", async () => {
    const { session, at } = open({ idle: 10_000 });
    await session.insert(1);
    const late = await session.upsert(50, async (n) => {
      at(10_000);
      return n + 1;
    });
    expect(late).toBe(50);
  });
});

describe("the absolute limit", () => {
  it("is moved by no use (S26, B33)", async () => {
    const { session, at } = open({ idle: 10_000, absolute: 25_000 });
    await session.insert(1);
    const uses = [
      () => session.find(),
      () => session.touch(),
      () => session.insert(2),
      () => session.swap(3),
      () => session.upsert(4, (n) => n + 1),
      () => session.update((n) => n),
    ];
    for (let time = 1_000; time < 25_000; time += 1_000) {
      at(time);
      await uses[(time / 1_000) % uses.length]?.();
    }
    at(24_999);
    expect(await session.find()).toBeDefined();
    at(25_000);
    expect(await session.find()).toBeUndefined();
  });

  it("starts anew with a new session", async () => {
    const { session, at } = open({ absolute: 10_000 });
    await session.insert(1);
    at(10_000);
    await session.insert(2);
    at(19_999);
    expect(await session.find()).toBe(2);
    at(20_000);
    expect(await session.find()).toBeUndefined();
  });

  it("holds for sessions stored before it was set", async () => {
    const driver = memoryDriver();
    let now = 0;
    const options = {
      key: z.string(),
      value: z.number(),
      keyFn: () => "a",
      driver,
      clock: () => now,
    } as const;
    await defineSession(options).store.insert("a", 1);
    const limited = defineSession({ ...options, lifetime: { absolute: 1_000 } });
    now = 999;
    expect(await limited.store.find("a")).toBe(1);
    now = 1_000;
    expect(await limited.store.find("a")).toBeUndefined();
    expect(await limited.store.touch("a")).toBe(false);
  });
});

describe("the driver's expiry", () => {
  it("is the earlier of both ends, at every write (S27, S31)", async () => {
    const { session, at, write, touched } = open({ idle: 10_000, absolute: 25_000 });
    const last = (spy: typeof write | typeof touched) => {
      const { expiresAt, ttl } = (spy.mock.lastCall?.at(-1) ?? {}) as Partial<DriverExpiry>;
      return { expiresAt, ttl };
    };
    await session.insert(1);
    expect(last(write)).toEqual({ expiresAt: 10_000, ttl: 10_000 });
    at(9_000);
    await session.swap(2);
    expect(last(write)).toEqual({ expiresAt: 19_000, ttl: 10_000 });
    at(16_000);
    await session.upsert(1, (n) => n + 1);
    expect(last(write)).toEqual({ expiresAt: 25_000, ttl: 9_000 });
    at(17_000);
    await session.touch();
    expect(last(touched)).toEqual({ expiresAt: 25_000, ttl: 8_000 });
  });

  it("is none without a limit", async () => {
    const { session, expiresAt } = open({});
    await session.insert(1);
    expect(expiresAt()).toBeUndefined();
    expect(await session.touch()).toBe(true);
  });
});

describe("a duration", () => {
  const good: [Duration, number][] = [
    [1, 1],
    ["500ms", 500],
    ["1.5s", 1500],
    ["30m", 1_800_000],
    ["12h", 43_200_000],
    ["7d", 604_800_000],
  ];
  it.each(good)("%s is %d ms", async (absolute, milliseconds) => {
    const { session, write } = open({ absolute });
    await session.insert(1);
    // As it was written: the driver, by its own clock, may have dropped the shortest already.
    expect(write.mock.lastCall?.[2].expiresAt).toBe(milliseconds);
  });

  const bad = [
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "",
    "5",
    "5 m",
    "-5m",
    "m",
    "1e3s",
    "0s",
    "5w",
    {},
    null,
  ];
  it.each(bad)("%o is refused when the session is defined (S33)", (duration) => {
    for (const options of [
      { lifetime: { idle: duration } },
      { lifetime: { absolute: duration } },
      { timeout: duration },
    ]) {
      if (duration === null && "timeout" in options) continue;
      const define = () =>
        defineSession({
          key: z.string(),
          value: z.number(),
          keyFn: () => "a",
          ...(options as object),
        });
      expect(define).toThrow(ConfigurationError);
    }
  });
});
