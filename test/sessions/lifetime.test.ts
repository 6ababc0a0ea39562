import { describe, expect, it, vi } from "vitest";
import { type CookieKeyOptions, cookieKey, defineSession, type LifetimeOptions } from "zession";
import { z } from "zod";
import { Browser } from "./browser.ts";
import { drivers } from "./drivers.ts";

describe.each(drivers)("the lifetime of a session by cookie – %s", (_, make) => {
  function site(lifetime: LifetimeOptions, options?: CookieKeyOptions) {
    let now = 1_000_000;
    const driver = make();
    const touch = vi.spyOn(driver, "touch");
    const visits = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: cookieKey(options),
      driver,
      lifetime,
      clock: () => now,
    });
    const browser = new Browser(
      visits.wrap(async ({ session, url }) => {
        const path = new URL(url).pathname;
        if (path === "/add") await session.upsert(1, (n) => n + 1);
        if (path === "/touch") await session.touch();
        return new Response(path === "/none" ? "" : `${await session.find()}`);
      }),
    );
    return {
      browser,
      touch,
      visits,
      driver,
      maxAge: async (path: string) => {
        const response = await browser.send(path);
        expect(response.headers.getSetCookie().length).toBeLessThanOrEqual(1);
        return /Max-Age=(\d+)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
      },
      at: (milliseconds: number) => {
        now = 1_000_000 + milliseconds;
      },
    };
  }

  it.each([
    [9_999, "1"],
    [10_000, "undefined"],
    [10_001, "undefined"],
  ])(
    "ends at the idle limit by the server's clock, whatever the cookie says: %d ms (S25, S29, B32)",
    async (time, found) => {
      const { browser, at } = site({ idle: 10_000 });
      await browser.send("/add");
      at(time);
      expect(await browser.text()).toBe(found);
    },
  );

  it.each(["/", "/add", "/touch"])(
    "ends at the absolute limit, however steady its use by %s (S26, B33)",
    async (path) => {
      const { browser, at } = site({ idle: 10_000, absolute: 25_000 });
      await browser.send("/add");
      // The driver, by its own clock, has a second left for the last of them.
      for (const time of [5_000, 10_000, 15_000, 20_000, 24_000]) {
        at(time);
        await browser.send(path);
        expect(await browser.text()).not.toBe("undefined");
      }
      at(25_000);
      expect(await browser.text()).toBe("undefined");
    },
  );

  it("after its end a write starts another session, under another token", async () => {
    const { browser, at } = site({ idle: 10_000 });
    await browser.send("/add");
    await browser.send("/add");
    const { cookie } = browser;
    at(10_000);
    const response = await browser.send("/add");
    expect(await response.text()).toBe("1");
    expect(browser.cookie).not.toBe(cookie);
  });

  it("the store ends a record at the earlier of both limits (S27)", async () => {
    const { browser, at, visits, driver } = site({ idle: 10_000, absolute: 25_000 });
    await browser.send("/add");
    const key = `session:${(await visits.fromRequest(browser.request())).key}`;
    expect((await driver.read(key))?.expiresAt).toBe(1_010_000);
    for (const time of [8_000, 16_000, 24_000]) {
      at(time);
      await browser.send("/add");
    }
    expect((await driver.read(key))?.expiresAt).toBe(1_025_000);
  });

  it("reading renews it by one touch and one cookie, once a tenth of the idle time has passed (B34, S38)", async () => {
    const { maxAge, at, touch } = site({ idle: 100_000 });
    expect(await maxAge("/add")).toBe("100");
    at(9_999);
    expect(await maxAge("/")).toBeUndefined();
    expect(touch).not.toHaveBeenCalled();
    at(10_000);
    expect(await maxAge("/")).toBe("100");
    expect(touch).toHaveBeenCalledTimes(1);
    expect(await maxAge("/")).toBeUndefined();
    expect(touch).toHaveBeenCalledTimes(1);
    at(60_000);
    expect(await maxAge("/none")).toBeUndefined();
  });

  it("every write renews the cookie with it, so that small steps do not outlive it", async () => {
    const { maxAge, at } = site({ idle: 100_000 });
    await maxAge("/add");
    for (const time of [5_000, 10_000, 15_000]) {
      at(time);
      expect(await maxAge("/add")).toBe("100");
    }
  });

  it("the cookie follows the absolute limit, and is not renewed where use moves nothing", async () => {
    const { maxAge, at } = site({ absolute: 100_000 });
    expect(await maxAge("/add")).toBe("100");
    at(50_000);
    expect(await maxAge("/")).toBeUndefined();
    expect(await maxAge("/add")).toBeUndefined();
    const both = site({ idle: 30_000, absolute: 40_500 });
    await both.maxAge("/add");
    both.at(20_000);
    expect(await both.maxAge("/")).toBe("20");
  });

  it("a cookie that is to go with the browser is not renewed", async () => {
    const { browser, maxAge, at } = site({ idle: 100_000 }, { persistent: false });
    const first = await browser.send("/add");
    expect(first.headers.get("set-cookie")).not.toContain("Max-Age");
    at(50_000);
    expect(await maxAge("/")).toBeUndefined();
    at(149_999);
    expect(await browser.text()).toBe("1");
  });

  it("what a longer lifetime stored ends by a shorter one that is now in force (S28)", async () => {
    const driver = make();
    const define = (absolute: number, now: number) =>
      defineSession({
        key: z.string(),
        value: z.number(),
        keyFn: cookieKey(),
        driver,
        lifetime: { absolute },
        clock: () => now,
      });
    const before = define(100_000, 0);
    const request = new Request("https://shop.example");
    const session = await before.fromRequest(request);
    await session.insert(1);
    const key = session.key ?? "";
    expect(await define(50_000, 49_999).store.find(key)).toBe(1);
    expect(await define(50_000, 50_000).store.find(key)).toBeUndefined();
    expect(await define(100_000, 100_000).store.find(key)).toBeUndefined();
  });
});
