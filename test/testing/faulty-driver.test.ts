import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  cookieKey,
  type Driver,
  defineSession,
  type MemoryDriver,
  memoryDriver,
  UnavailableError,
} from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";

describe("a delay", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("makes the calls it befalls late, and no others", async () => {
    const driver = faultyDriver(memoryDriver());
    driver.inject({ delay: 100 }, { on: "read", after: 1, times: 1 });
    expect(await driver.read("a")).toBeUndefined();
    let answered = false;
    void Promise.resolve(driver.read("a")).then(() => {
      answered = true;
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(answered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(answered).toBe(true);
    expect(await driver.read("a")).toBeUndefined();
  });
});

describe("a jitter", () => {
  /** The order in which ten reads, started one after another, are answered. */
  async function order(seed: number): Promise<string> {
    vi.useFakeTimers();
    try {
      const driver = faultyDriver(memoryDriver());
      driver.inject({ jitter: 50, seed });
      const answered: number[] = [];
      for (let i = 0; i < 10; i++) {
        void Promise.resolve(driver.read("a")).then(() => answered.push(i));
      }
      await vi.advanceTimersByTimeAsync(100);
      return answered.join();
    } finally {
      vi.useRealTimers();
    }
  }

  it("lets calls overtake each other, in an order that belongs to its seed", async () => {
    const [one, again, other] = [await order(1), await order(1), await order(2)];
    expect([one.split(",").length, again]).toEqual([10, one]);
    expect(other).not.toBe(one);
    expect(one).not.toBe("0,1,2,3,4,5,6,7,8,9");
  });
});

it("an interlude takes place once a call was carried out, before its answer", async () => {
  const driver = faultyDriver(memoryDriver());
  const lives = { expiresAt: undefined, ttl: undefined };
  driver.inject({ meanwhile: () => driver.remove("a") }, { on: "write", times: 1 });
  expect(await driver.write("a", "text", lives)).toMatchObject({ written: true });
  expect(await driver.read("a")).toBeUndefined();
});

it("calls are listed, also those that a fault befell", async () => {
  const driver = faultyDriver(memoryDriver());
  driver.inject("error", { on: "remove" });
  await driver.read("a");
  await expect(driver.remove("b")).rejects.toThrow("not carried out");
  expect(driver.calls).toEqual([
    { method: "read", key: "a" },
    { method: "remove", key: "b" },
  ]);
  driver.calls.length = 0;
  driver.heal();
  await driver.remove("b");
  expect(driver.calls).toHaveLength(1);
});

it("a removal keeps its timeout on the way through faults", async () => {
  const timeouts: unknown[] = [];
  const driver = faultyDriver({
    ...methodsOf(memoryDriver()),
    remove: (_, options) => timeouts.push(options?.timeout) > 0,
  });
  await driver.remove("a", { timeout: 5 });
  expect(timeouts).toEqual([5]);
});

it("writers of one session wait for a driver that does not answer once, not one after another (S69, D17)", async () => {
  const driver = faultyDriver(memoryDriver());
  const { session } = defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: () => null,
    driver,
    timeout: 200,
  });
  const it = session("a");
  await it.insert(0);
  driver.inject("hang");
  const started = performance.now();
  const writes = Array.from({ length: 30 }, () => it.upsert(0, (n) => n + 1));
  for (const { status } of await Promise.allSettled(writes)) expect(status).toBe("rejected");
  // Two timeouts, and time for a machine that is busy; one after another would take six seconds.
  expect(performance.now() - started).toBeLessThan(2000);
  driver.heal();
  expect(await it.upsert(0, (n) => n + 1)).toBe(1);
});

it("a rotation whose claim comes late leaves the session where it was (S14, S69)", async () => {
  const driver = faultyDriver(memoryDriver());
  const users = defineSession({
    key: z.string(),
    value: z.object({ n: z.number() }),
    keyFn: cookieKey({ secure: false }),
    driver,
    timeout: 100,
  });
  const respond = users.wrap(async ({ session }) => {
    await session.insert({ n: 1 });
    return new Response();
  });
  const response = await respond(new Request("http://localhost/"));
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const open = () => users.fromRequest(new Request("http://localhost/", { headers: { cookie } }));

  // The copy is the first write, the claim the second.
  driver.inject({ delay: 300 }, { on: "write", after: 1, times: 1 });
  await expect((await open()).rotate()).rejects.toBeInstanceOf(UnavailableError);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await (await open()).find()).toEqual({ n: 1 });
});

it("a driver without touch and sweep is one without them also with faults", async () => {
  const { touch: _touch, sweep: _sweep, ...rest } = methodsOf(memoryDriver());
  const driver = faultyDriver(rest);
  expect([driver.touch, driver.sweep]).toEqual([undefined, undefined]);
  const { session } = defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: () => null,
    lifetime: { idle: "1h" },
    driver,
  });
  await session("a").insert(1);
  expect(await session("a").touch()).toBe(true);
});

function methodsOf(driver: MemoryDriver): Driver {
  return {
    atomic: true,
    read: (key) => driver.read(key),
    write: (key, text, options) => driver.write(key, text, options),
    remove: (key) => driver.remove(key),
    touch: (key, options) => driver.touch(key, options),
    sweep: () => driver.sweep(),
  };
}
