import { describe, expect, it } from "vitest";
import { defineSession, UnavailableError } from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";
import { drivers } from "./drivers.ts";

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

  it("that answers never makes every verb fail when its time is over, and leaves none pending (S69, D17)", async () => {
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
