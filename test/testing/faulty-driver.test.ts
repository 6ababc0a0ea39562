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
import { drivers } from "../sessions/drivers.ts";

describe.each(drivers)("a driver with faults – %s", (_, make) => {
  function counts(timeout: number | undefined = undefined) {
    const driver = faultyDriver(make());
    const { session } = defineSession({
      name: "faults",
      key: z.string(),
      value: z.number(),
      keyFn: () => null,
      lifetime: { idle: "1h" },
      driver,
      timeout,
    });
    return { driver, session: session(crypto.randomUUID()) };
  }
  const increment = (n: number) => n + 1;

  it("that is down makes every verb fail, and works again when it is mended (S67, S68, C39)", async () => {
    const { driver, session } = counts();
    await session.insert(1);
    driver.inject("error");
    for (const verb of [
      () => session.find(),
      () => session.insert(5),
      () => session.swap(5),
      () => session.upsert(5, increment),
      () => session.update(increment),
      () => session.touch(),
      () => session.remove(),
    ]) {
      await expect(verb()).rejects.toBeInstanceOf(UnavailableError);
    }
    driver.heal();
    expect(await session.upsert(1, increment)).toBe(2);
  });

  it("that answers never makes every verb fail when its time is over, and leaves none pending (S69)", async () => {
    const { driver, session } = counts(30);
    await session.insert(1);
    driver.inject("hang");
    const failing = [
      session.find(),
      session.insert(5),
      session.upsert(5, increment),
      session.remove(),
    ];
    for (const it of await Promise.allSettled(failing)) {
      expect(it).toMatchObject({ status: "rejected", reason: expect.any(UnavailableError) });
    }
    driver.heal();
    expect(await session.upsert(1, increment)).toBe(2);
  });

  it("whose reply is lost has applied an update once or not at all, and says that it does not know (S70, C39)", async () => {
    const { driver, session } = counts();
    await session.insert(1);
    driver.inject("lost-reply", { on: "write", times: 1 });
    await expect(session.upsert(1, increment)).rejects.toBeInstanceOf(UnavailableError);
    expect(await session.find()).toBe(2);
    driver.inject("error", { on: "write", times: 1 });
    await expect(session.upsert(1, increment)).rejects.toBeInstanceOf(UnavailableError);
    expect(await session.find()).toBe(2);
    expect(await session.upsert(1, increment)).toBe(3);
  });

  it("that loses replies among many writers applies none twice (S70)", async () => {
    const { driver, session } = counts();
    await session.insert(0);
    driver.inject("lost-reply", { on: "write", after: 3, times: 5 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, () => session.upsert(0, increment)),
    );
    const failed = outcomes.filter((it) => it.status === "rejected").length;
    expect(failed).toBe(5);
    // Each of the lost ones was carried out, and none of them again.
    expect(await session.find()).toBe(30);
  });
});

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
