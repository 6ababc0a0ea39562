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

it("writers of one session wait for a driver that does not answer once, not one after another (S69)", async () => {
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
