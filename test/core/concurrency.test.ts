import { describe, expect, it, vi } from "vitest";
import { ConflictError, type Driver, defineSession, memoryDriver, UsageError } from "zession";
import { type FaultyDriver, faultyDriver } from "zession/testing";
import { z } from "zod";
import { late } from "../late.ts";

const tick = (milliseconds = 1) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const incrementLater = async (n: number) => {
  await tick(0);
  return n + 1;
};

// Hundreds of writers wait for one another.
const options = { key: z.string(), keyFn: () => "a", timeout: "60s" } as const;

/** Opens a session that counts. */
function open(driver: Driver = memoryDriver()) {
  return defineSession({ ...options, value: z.number(), driver }).session("a");
}

describe.each([
  ["a driver that answers at once", () => memoryDriver() as Driver],
  ["a driver that answers later", () => late(memoryDriver())],
])("%s", (_, make) => {
  it("loses none of 1,000 upserts whose update waits (S34, B21)", async () => {
    const session = open(make());
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        session.upsert(1, i % 2 === 0 ? (n: number) => n + 1 : incrementLater),
      ),
    );
    expect(await session.find()).toBe(1000);
  });

  it("lets 32 first upserts leave 32 (S35, B24, B27)", async () => {
    const session = open(make());
    const counts = await Promise.all(
      Array.from({ length: 32 }, () => session.upsert(1, incrementLater)),
    );
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
    expect(await session.find()).toBe(32);
  });

  it("hands every swapped value out once (S36, B22)", async () => {
    const value = z.string();
    const session = defineSession({ ...options, value, driver: make() }).session("a");
    const values = Array.from({ length: 300 }, (_, i) => `value-${i}`);
    const previous = await Promise.all(values.map((value) => session.swap(value)));
    expect([...previous, await session.find()].sort()).toEqual([...values, undefined].sort());
  });

  it("loses no change to parts of one object", async () => {
    const value = z.record(z.string(), z.number());
    const session = defineSession({ ...options, value, driver: make() }).session("a");
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        session.upsert(
          () => ({ [`field-${i}`]: i }),
          async (it) => {
            await tick(0);
            it[`field-${i}`] = i;
          },
        ),
      ),
    );
    expect(Object.keys((await session.find()) ?? {})).toHaveLength(100);
  });
});

describe("writers of one key", () => {
  it("go one after another in the order they came, so that no update runs twice", async () => {
    const session = open();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        session.upsert(
          () => {
            order.push(i);
            return tick().then(() => 1);
          },
          async (n: number) => {
            order.push(i);
            await tick();
            return n + 1;
          },
        ),
      ),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("do not hold up writers of other keys", async () => {
    const { session } = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a" });
    let release = () => {};
    const held = session("a").upsert(
      () => new Promise<number>((resolve) => (release = () => resolve(1))),
      (n) => n,
    );
    expect(await session("b").upsert(1, (n) => n)).toBe(1);
    release();
    expect(await held).toBe(1);
  });

  it("go ahead of one whose update hangs, and lose nothing when it returns", async () => {
    vi.useFakeTimers();
    try {
      const { session } = defineSession({
        key: z.string(),
        value: z.number(),
        keyFn: () => "a",
        timeout: "2s",
      });
      const it = session("a");
      await it.insert(0);
      let release = () => {};
      const hanging = it.update(async (n) => {
        await new Promise<void>((resolve) => (release = resolve));
        return n + 100;
      });
      const others = [1, 2, 3].map(() => it.update(async (n) => n + 1));
      // Half of their time is for waiting, the other half for their own work.
      await vi.advanceTimersByTimeAsync(999);
      expect(await it.find()).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      await Promise.all(others);
      expect(await it.find()).toBe(3);
      expect(await it.update((n) => n + 1)).toBe(4);
      release();
      await vi.advanceTimersByTimeAsync(0);
      release();
      expect(await hanging).toBe(104);
    } finally {
      vi.useRealTimers();
    }
  });

  it("each lose a turn they keep for too long, and take none with them when they return", async () => {
    vi.useFakeTimers();
    try {
      const { session } = defineSession({
        key: z.string(),
        value: z.string(),
        keyFn: () => "a",
        timeout: "4s",
      });
      const it = session("a");
      await it.insert("");
      const log: string[] = [];
      const lasting = (name: string, milliseconds: number) =>
        it.update(async (text) => {
          log.push(`${name} starts`);
          await tick(milliseconds);
          log.push(`${name} ends`);
          return text + name;
        });
      const all = [lasting("a", 2500), lasting("b", 600), lasting("c", 300), lasting("d", 10)];
      await vi.advanceTimersByTimeAsync(2550);
      // After two seconds b goes ahead of a. The return of a does not let c in beside b.
      expect(log).toEqual(["a starts", "b starts", "a ends"]);
      await vi.advanceTimersByTimeAsync(20_000);
      await Promise.all(all);
      expect([...((await it.find()) ?? "")].sort().join("")).toBe("abcd");
    } finally {
      vi.useRealTimers();
    }
  });

  it("wait no longer than their timeout, however many stand before them (S69, D17)", async () => {
    vi.useFakeTimers();
    try {
      const session = defineSession({
        key: z.string(),
        value: z.number(),
        keyFn: () => "a",
        timeout: 1_000,
      }).session("a");
      const started = performance.now();
      const endings = Promise.all(
        Array.from({ length: 8 }, async () => {
          const update = async (n: number) => {
            await tick(400);
            return n + 1;
          };
          const [outcome] = await Promise.allSettled([session.upsert(1, update)]);
          return [outcome.status, performance.now() - started];
        }),
      );
      await session.insert(0);
      await vi.advanceTimersByTimeAsync(10_000);
      const refused = (await endings).filter(([status]) => status === "rejected");
      expect(refused).toHaveLength(5);
      for (const [, time] of refused) expect(time).toBe(1_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it("are refused where an update writes to its own session, and the update goes on (D14)", async () => {
    const { session } = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a" });
    const it = session("a");
    await it.insert(0);
    const inner: Promise<unknown>[] = [];
    const outer = it.update(async (n) => {
      if (inner.length === 0) {
        inner.push(it.update(incrementLater), it.update(incrementLater));
        // Looked at below.
        for (const verb of inner) verb.catch(() => {});
      }
      await tick();
      return n + 1;
    });
    expect(await outer).toBe(1);
    expect(inner).toHaveLength(2);
    for (const result of await Promise.allSettled(inner)) {
      expect(result).toMatchObject({ status: "rejected", reason: expect.any(UsageError) });
    }
  });

  it("start over when somebody else has written, from what they wrote (S37)", async () => {
    const driver = memoryDriver();
    const [one, other] = [open(driver), open(driver)];
    await one.insert(1);
    const seen: number[] = [];
    const result = await one.update(async (n: number) => {
      seen.push(n);
      if (seen.length === 1) await other.insert(10);
      return n + 1;
    });
    expect(seen).toEqual([1, 10]);
    expect(result).toBe(11);
  });

  it("start from nothing when the session was removed meanwhile", async () => {
    const driver = memoryDriver();
    const [one, other] = [open(driver), open(driver)];
    await one.insert(1);
    const update = async (n: number) => {
      await other.remove();
      return n + 1;
    };
    expect(await one.update(update)).toBeUndefined();
    expect(await other.find()).toBeUndefined();
    await one.insert(1);
    expect(await one.upsert(50, update)).toBe(50);
  });

  it("are not fooled by a value that was removed and inserted again", async () => {
    const driver = memoryDriver();
    const [one, other] = [open(driver), open(driver)];
    await one.insert(1);
    let runs = 0;
    await one.update(async (n: number) => {
      if (++runs === 1) {
        await other.remove();
        await other.insert(1);
      }
      return n + 1;
    });
    expect(runs).toBe(2);
    expect(await one.find()).toBe(2);
  });
});

describe("a driver on which every write conflicts", () => {
  it("ends an update with ConflictError after a bounded number of attempts (S37, S71, B26)", async () => {
    vi.useFakeTimers();
    try {
      const driver = memoryDriver();
      let writes = 0;
      const current = { text: '{"json":1,"v":1,"at":0}', version: 1, expiresAt: undefined };
      driver.read = () => current;
      driver.write = () => {
        writes++;
        return { written: false, current };
      };
      const { session: sessions } = defineSession({
        key: z.string(),
        value: z.number(),
        keyFn: () => "a",
        driver,
      });
      const session = sessions("a");
      const failing = Promise.allSettled([
        session.upsert(1, (n: number) => n + 1),
        session.swap(5),
      ]);
      await vi.advanceTimersByTimeAsync(10_000);
      for (const result of await failing) {
        expect(result).toMatchObject({ status: "rejected", reason: expect.any(ConflictError) });
      }
      expect(writes).toBeLessThan(2000);
      // Nobody is left waiting behind them.
      driver.write = () => ({ written: true, version: 2 });
      expect(await session.upsert(1, (n: number) => n + 1)).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("writers of one key in several processes, each with a definition of its own (D15)", () => {
  /**
   * Makes a driver answer after some milliseconds. After 0 of them it does not wait for a timer.
   */
  function later(driver: Driver, delay = 0): FaultyDriver {
    const faulty = faultyDriver(driver);
    faulty.inject({ delay });
    return faulty;
  }
  const processes = (count: number, driver: Driver, onConflict = () => {}) =>
    Array.from({ length: count }, () => {
      const { session } = defineSession({
        key: z.string(),
        value: z.number(),
        keyFn: () => "a",
        driver,
        timeout: "30s",
        onEvent: ({ type }) => type === "conflict" && onConflict(),
      });
      return session("a");
    });

  it("lose no update to one another, even where all of them go in step", async () => {
    const sessions = processes(8, later(memoryDriver()));
    const writing = sessions.flatMap((it) =>
      Array.from({ length: 100 }, () => it.upsert(1, (n) => n + 1)),
    );
    await Promise.all(writing);
    expect(await sessions[0]?.find()).toBe(800);
  });

  it("give 128 their turn, each within 100 runs of its update", async () => {
    const sessions = processes(128, later(memoryDriver(), 1));
    const runs = await Promise.all(
      sessions.map(async (it) => {
        let count = 0;
        await it.upsert(0, (n) => {
          count++;
          return n + 1;
        });
        return count;
      }),
    );
    expect(await sessions[0]?.find()).toBe(127);
    expect(Math.max(...runs)).toBeLessThanOrEqual(100);
  });

  it("let one whose update takes 20 ms through beside one that writes every 5 ms", async () => {
    const [slow, quick] = processes(2, later(memoryDriver()));
    await slow?.insert(0);
    let isDone = false;
    let runs = 0;
    const writing = (async () => {
      while (!isDone) {
        await quick?.update((n) => n + 1);
        await tick(5);
      }
    })();
    await slow?.update(async (n) => {
      runs++;
      await tick(20);
      return n + 1000;
    });
    isDone = true;
    await writing;
    expect(runs).toBeLessThanOrEqual(4);
    expect(await slow?.find()).toBeGreaterThanOrEqual(1000);
  });

  it("keep the line short, however many wait: whoever joins or looks holds up the first", async () => {
    const driver = memoryDriver();
    let longest = 0;
    const look = () => {
      const line =
        /^\{"line":(\[\[.*?\]\])/.exec(driver.read("session:a")?.text ?? "")?.[1] ?? "[]";
      longest = Math.max(longest, (JSON.parse(line) as unknown[]).length);
    };
    const watched = later(driver, 1);
    watched.inject({ meanwhile: look }, { on: "write" });
    const sessions = processes(40, watched);
    await sessions[0]?.insert(0);
    await Promise.all(sessions.map((it) => it.update((n) => tick(8).then(() => n + 1))));
    expect(await sessions[0]?.find()).toBe(40);
    expect(longest).toBeGreaterThan(1);
    expect(longest).toBeLessThanOrEqual(8);
  });

  it("take one out of the line that died in it", async () => {
    const driver = memoryDriver();
    const [one] = processes(1, later(driver));
    await one?.insert(1);
    const { text = "", version = "" } = driver.read("session:a") ?? {};
    const line = JSON.stringify([["00000000", 50]]);
    driver.write("session:a", `{"line":${line},${text.slice(1)}`, {
      expiresAt: undefined,
      ttl: undefined,
      if: { version },
    });
    expect(await one?.find()).toBe(1);
    expect(await one?.update((n) => n + 1)).toBe(2);
    expect(driver.read("session:a")?.text).not.toContain("line");
  });
});
