import { describe, expect, it, vi } from "vitest";
import { type CookieKeyOptions, cookieKey, defineSession, type LifetimeOptions } from "zession";
import { z } from "zod";
import { Browser } from "./browser.ts";
import { drivers } from "./drivers.ts";

describe.each(drivers)("the lifetime of a session by cookie – %s", (_, make) => {
  /** The driver key of a browser's session. */
  async function keyOf(visits: ReturnType<typeof site>["visits"], browser: Browser) {
    const session = await visits.fromRequest(browser.request());
    await session.find();
    return `session:${session.key}`;
  }

  function site(lifetime: LifetimeOptions | false | undefined, options?: CookieKeyOptions) {
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
        if (path === "/rotate") await session.rotate();
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
    const key = await keyOf(visits, browser);
    expect((await driver.read(key))?.expiresAt).toBe(1_010_000);
    for (const time of [8_000, 16_000, 24_000]) {
      at(time);
      await browser.send("/add");
    }
    expect((await driver.read(key))?.expiresAt).toBe(1_025_000);
  });

  it("reading renews it by one touch and no cookie, once a tenth of the idle time has passed (B34, S38)", async () => {
    const { maxAge, at, touch } = site({ idle: 100_000 });
    expect(await maxAge("/add")).toBe("800");
    at(9_999);
    expect(await maxAge("/")).toBeUndefined();
    expect(touch).not.toHaveBeenCalled();
    at(10_000);
    expect(await maxAge("/")).toBeUndefined();
    expect(touch).toHaveBeenCalledTimes(1);
    expect(await maxAge("/")).toBeUndefined();
    expect(touch).toHaveBeenCalledTimes(1);
    at(60_000);
    expect(await maxAge("/none")).toBeUndefined();
  });

  it.each(["/", "/add", "/touch"])(
    "with an idle limit alone %s renews the cookie of eight idle times once in four (B34)",
    async (path) => {
      const { maxAge, at } = site({ idle: 100_000 });
      expect(await maxAge("/add")).toBe("800");
      const renewed: number[] = [];
      for (let time = 90_000; time <= 1_260_000; time += 90_000) {
        at(time);
        const age = await maxAge(path);
        if (age === undefined) continue;
        expect(age).toBe("800");
        renewed.push(time);
      }
      expect(renewed).toEqual([450_000, 810_000, 1_260_000]);
    },
  );

  it("with an absolute limit the cookie is sent once, for what is left of it (D1)", async () => {
    for (const lifetime of [{ absolute: 100_000 }, { idle: 60_000, absolute: 100_000 }]) {
      const { maxAge, at } = site(lifetime);
      expect(await maxAge("/add")).toBe("100");
      for (const time of [20_000, 40_000, 60_000, 80_000, 99_999]) {
        at(time);
        for (const path of ["/", "/add", "/touch"]) expect(await maxAge(path)).toBeUndefined();
      }
    }
  });

  it("a cookie sent after the clock was set back lasts no longer than the absolute limit (S33)", async () => {
    const { browser, at } = site({ absolute: 100_000 });
    await browser.send("/add");
    at(-50_000);
    const response = await browser.send("/rotate");
    expect(response.headers.get("set-cookie")).toContain("Max-Age=100;");
  });

  it("without a lifetime it ends after 14 idle days, by its record (D6)", async () => {
    const { browser, at, visits, driver } = site(undefined);
    const response = await browser.send("/add");
    // Nobody asked for a cookie that stays, so it goes with the browser.
    expect(response.headers.get("set-cookie")).not.toContain("Max-Age");
    const day = 86_400_000;
    expect((await driver.read(await keyOf(visits, browser)))?.expiresAt).toBe(1_000_000 + 14 * day);
    at(14 * day - 1);
    expect(await browser.text()).toBe("1");
    at(28 * day - 2);
    expect(await browser.text()).toBe("1");
    at(42 * day - 2);
    expect(await browser.text()).toBe("undefined");
  });

  it("ends never by itself where that is asked for (D6)", async () => {
    const { browser, at, visits, driver } = site(false);
    await browser.send("/add");
    expect((await driver.read(await keyOf(visits, browser)))?.expiresAt).toBeUndefined();
    at(10 * 365 * 86_400_000);
    expect(await browser.text()).toBe("1");
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
