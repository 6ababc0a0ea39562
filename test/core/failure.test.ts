import { describe, expect, it, vi } from "vitest";
import { type Driver, defineSession, memoryDriver, UnavailableError } from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";

const options = { key: z.string(), value: z.number(), keyFn: () => "a" } as const;

function verbsOf(driver: Driver, timeout: "5s" | "50ms" = "5s") {
  const { store } = defineSession({ ...options, driver, timeout, lifetime: { idle: "1h" } });
  return {
    find: () => store.find("a"),
    insert: () => store.insert("a", 1),
    swap: () => store.swap("a", 1),
    upsert: () => store.upsert("a", 1, (n) => n + 1),
    update: () => store.update("a", (n) => n + 1),
    remove: () => store.remove("a"),
    touch: () => store.touch("a"),
  };
}

function everyMethod(method: () => never | Promise<never>): Driver {
  return { atomic: true, read: method, write: method, remove: method, touch: method };
}

describe("a driver that fails", () => {
  it("with an error that throws when it is looked at is unavailable all the same (S11, S67)", async () => {
    const hostile = new Proxy(new Error("secret"), {
      get: () => {
        throw new Error("secret");
      },
    });
    const { find } = verbsOf(
      everyMethod(() => {
        throw hostile;
      }),
    );
    const error: UnavailableError = await find().catch((reason) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(`${(error.cause as Error).message} ${error.message}`).not.toContain("secret");
  });

  const failure = Object.assign(new Error("connection refused"), { code: "DOWN" });

  it.each([
    [
      "by throwing",
      () => {
        throw failure;
      },
    ],
    ["by rejecting", () => Promise.reject(failure)],
  ])(
    "makes every verb reject with UnavailableError and its cause (S67, S68, B39): %s",
    async (_, fail) => {
      for (const [name, verb] of Object.entries(verbsOf(everyMethod(fail)))) {
        const error = await verb().catch((reason: unknown) => reason);
        expect(error, name).toBeInstanceOf(UnavailableError);
        expect((error as UnavailableError).cause, name).toMatchObject({ code: "DOWN" });
      }
    },
  );

  it.each<[string, () => unknown]>([
    [
      "whose promise throws",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a promise of another library
        then: () => {
          throw failure;
        },
      }),
    ],
    [
      "whose promise settles twice",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a promise of another library
        then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
          reject(failure);
          reject(failure);
          resolve(undefined);
        },
      }),
    ],
    ["that answers null", () => null],
  ])("is told once, and no foreign error gets through (S67, S73): %s", async (_, answer) => {
    const events: string[] = [];
    const { store } = defineSession({
      ...options,
      driver: everyMethod(answer as () => never),
      onEvent: (event) => events.push(event.type),
    });
    for (const verb of [() => store.find("a"), () => store.insert("a", 1)]) {
      await expect(verb()).rejects.toBeInstanceOf(UnavailableError);
      expect(events.splice(0)).toEqual(["unavailable"]);
    }
  });

  it("is told once, also where it fails after the timeout (S73)", async () => {
    vi.useFakeTimers();
    try {
      const events: string[] = [];
      const late = () => new Promise<never>((_, reject) => setTimeout(() => reject(failure), 100));
      const { store } = defineSession({
        ...options,
        driver: everyMethod(late),
        timeout: "50ms",
        onEvent: (event) => events.push(event.type),
      });
      const finding = store.find("a").catch(() => {});
      await vi.advanceTimersByTimeAsync(200);
      await finding;
      expect(events).toEqual(["unavailable"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is told where it reports that itself (S73)", async () => {
    const events: string[] = [];
    const { store } = defineSession({
      ...options,
      driver: everyMethod(() => Promise.reject(new UnavailableError("No connection."))),
      onEvent: (event) => events.push(event.type),
    });
    await expect(store.find("a")).rejects.toThrow("No connection.");
    expect(events).toEqual(["unavailable"]);
  });

  it("holds no lock: the next call works when the driver does again", async () => {
    const driver = faultyDriver(memoryDriver());
    const { upsert } = verbsOf(driver);
    driver.inject("error", { on: "write" });
    await expect(upsert()).rejects.toBeInstanceOf(UnavailableError);
    driver.heal();
    expect(await Promise.all([upsert(), upsert()])).toEqual([1, 2]);
  });

  it("reports a removal that failed instead of swallowing it (S21)", async () => {
    const driver = faultyDriver(memoryDriver());
    const { insert, remove, find } = verbsOf(driver);
    await insert();
    driver.inject("error", { on: "remove" });
    await expect(remove()).rejects.toBeInstanceOf(UnavailableError);
    driver.heal();
    expect(await find()).toBe(1);
  });
});

describe("a driver that does not answer", () => {
  it("makes every verb reject with UnavailableError when the timeout is over (S69)", async () => {
    vi.useFakeTimers();
    try {
      for (const [name, verb] of Object.entries(
        verbsOf(
          everyMethod(() => new Promise(() => {})),
          "50ms",
        ),
      )) {
        let error: unknown;
        const waiting = verb().catch((reason: unknown) => {
          error = reason;
        });
        await vi.advanceTimersByTimeAsync(49);
        expect(error, name).toBeUndefined();
        await vi.advanceTimersByTimeAsync(1);
        await waiting;
        expect(error, name).toBeInstanceOf(UnavailableError);
      }
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("leaves no timer behind when it does answer", async () => {
    vi.useFakeTimers();
    try {
      const driver = memoryDriver();
      const { upsert, find } = verbsOf({
        ...everyMethod(() => {
          throw new Error();
        }),
        read: async (key) => driver.read(key),
        write: async (key, text, how) => driver.write(key, text, how),
      });
      await upsert();
      expect(await find()).toBe(1);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("close", () => {
  it("closes the driver once, and every later verb rejects (C40)", async () => {
    const driver = memoryDriver();
    const close = vi.spyOn(driver, "close");
    const definition = defineSession({ ...options, driver });
    await definition.store.insert("a", 1);
    await Promise.all([definition.close(), definition.close()]);
    expect(close).toHaveBeenCalledTimes(1);
    await expect(definition.store.find("a")).rejects.toBeInstanceOf(UnavailableError);
    await expect(definition.session("a").insert(1)).rejects.toBeInstanceOf(UnavailableError);
  });

  it("is what leaving an `await using` block does", async () => {
    const driver = memoryDriver();
    const close = vi.spyOn(driver, "close");
    {
      await using definition = defineSession({ ...options, driver });
      await definition.store.insert("a", 1);
    }
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("lets what is under way come to its end", async () => {
    const driver = memoryDriver();
    const definition = defineSession({
      ...options,
      driver: {
        ...everyMethod(() => Promise.reject(new Error())),
        read: async (key) => driver.read(key),
      },
    });
    const finding = definition.store.find("a");
    await definition.close();
    expect(await finding).toBeUndefined();
  });
});

describe("a clock that gives no time", () => {
  it.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["text", "5"],
    ["undefined", undefined],
  ])("makes every verb reject with a UsageError, and nothing is stored: %s", async (_, time) => {
    const driver = memoryDriver();
    const before = defineSession({ ...options, driver });
    await before.store.insert("a", 1);
    const record = driver.read("session:a");
    const { store } = defineSession({ ...options, driver, clock: () => time as number });
    for (const verb of [
      () => store.find("a"),
      () => store.insert("a", 2),
      () => store.swap("a", 2),
      () => store.upsert("a", 2, (n) => n + 1),
      () => store.upsert("b", 2, (n) => n + 1),
    ]) {
      await expect(verb()).rejects.toMatchObject({ name: "UsageError" });
    }
    expect(driver.read("session:a")).toEqual(record);
    expect(driver.read("session:b")).toBeUndefined();
  });

  it("may have fractions, as performance.now() has", async () => {
    const driver = memoryDriver();
    const { store } = defineSession({ ...options, driver, clock: () => 5.75 });
    await store.insert("a", 1);
    expect(driver.read("session:a")?.text).toBe('{"json":1,"v":1,"at":5}');
  });
});

describe("a driver without compare-and-set", () => {
  it("is not written to by touch or find, which could undo a removal (S20)", async () => {
    const memory = memoryDriver();
    const writes = vi.fn();
    let now = 0;
    const driver: Driver<false> = {
      atomic: false,
      read: async (key) => memory.read(key),
      write: async (key, text, { expiresAt, ttl }) => {
        writes();
        return memory.write(key, text, { expiresAt, ttl });
      },
      remove: async (key) => memory.remove(key),
    };
    const { store } = defineSession({
      ...options,
      driver,
      clock: () => now,
      lifetime: { idle: 1000 },
    });
    await store.insert("a", 1);
    now = 500;
    await store.touch("a");
    await store.find("a");
    expect(writes).toHaveBeenCalledTimes(1);
  });
});

describe("a schema that throws", () => {
  it("passes its error on and leaves the store usable", async () => {
    const failure = new Error("the schema is broken");
    let broken = true;
    const value = z.number().superRefine(() => {
      if (broken) throw failure;
    });
    const { store } = defineSession({ ...options, value });
    await expect(store.insert("a", 1)).rejects.toBe(failure);
    await expect(store.upsert("a", 1, (n) => n)).rejects.toBe(failure);
    broken = false;
    expect(await store.upsert("a", 1, (n) => n)).toBe(1);
  });

  it("passes its error on where it is the key's, and leaves the store usable", async () => {
    const failure = new Error("the schema is broken");
    let broken = true;
    const key = z.string().superRefine(() => {
      if (broken) throw failure;
    });
    const { store } = defineSession({ ...options, key });
    await expect(store.find("a")).rejects.toBe(failure);
    await expect(store.insert("a", 1)).rejects.toBe(failure);
    broken = false;
    expect(await store.upsert("a", 1, (n) => n)).toBe(1);
  });
});

describe("closing", () => {
  it("is done once, and whoever asks waits for it (C40)", async () => {
    let finish: () => void = () => {};
    const close = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const definition = defineSession({
      ...options,
      driver: { ...everyMethod(() => undefined as never), close },
    });
    let closed = 0;
    const both = [definition.close(), definition.close()].map((it) => it.then(() => closed++));
    await expect(definition.store.find("a")).rejects.toBeInstanceOf(UnavailableError);
    expect(closed).toBe(0);
    finish();
    await Promise.all(both);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("that fails is an UnavailableError, like every failure of a driver", async () => {
    const close = () => {
      throw new TypeError("socket");
    };
    const definition = defineSession({
      ...options,
      driver: { ...everyMethod(() => undefined as never), close },
    });
    await expect(definition.close()).rejects.toBeInstanceOf(UnavailableError);
  });
});
