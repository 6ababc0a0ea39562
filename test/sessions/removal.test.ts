import { describe, expect, it } from "vitest";
import {
  cookieKey,
  type Driver,
  defineSession,
  SessionEndedError,
  UnavailableError,
} from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";
import { late } from "../late.ts";
import { signal } from "../signal.ts";
import { Browser, ORIGIN } from "./browser.ts";
import { drivers } from "./drivers.ts";

describe.each(drivers)("ending a session by cookie – %s", (_, make) => {
  function site(plain: Driver = make(), clock: () => number = Date.now) {
    const driver = faultyDriver(plain);
    const visits = defineSession({
      key: z.string(),
      value: z.object({ n: z.number(), note: z.string().optional() }),
      keyFn: cookieKey(),
      driver,
      clock,
      lifetime: { idle: 10_000 },
    });
    const fetch = visits.wrap(async (request) => {
      const { session } = request;
      const path = new URL(request.url).pathname;
      if (path === "/add") await session.upsert({ n: 1 }, (it) => void it.n++);
      if (path === "/logout") await session.remove();
      return Response.json((await session.find()) ?? null);
    });
    const open = (cookie: string) =>
      visits.fromRequest(new Request(ORIGIN, { headers: { cookie } }));
    /** A browser with a session, and that session's driver key. */
    const visit = async () => {
      const browser = new Browser(fetch);
      await browser.send("/add");
      const key = `session:${(await open(browser.cookie)).key}`;
      return { browser, record: () => driver.read(key) };
    };
    return { visits, driver, fetch, open, visit };
  }

  it("remove deletes the record and clears the cookie, also where the session was not read (S18, B30)", async () => {
    const { visit, fetch } = site();
    const { browser, record } = await visit();
    const { cookie } = browser;
    const response = await browser.send("/logout");
    expect(await record()).toBeUndefined();
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(browser.cookie).toBe("");
    const replayed = await fetch(new Request(ORIGIN, { headers: { cookie } }));
    expect(await replayed.json()).toBeNull();
  });

  it("after remove reads give nothing and writes reject (B31)", async () => {
    const { visit, open } = site();
    const { browser, record } = await visit();
    const session = await open(browser.cookie);
    expect(await session.remove()).toBe(true);
    expect(await session.find()).toBeUndefined();
    expect(await session.touch()).toBe(false);
    expect(await session.remove()).toBe(false);
    for (const verb of [
      () => session.insert({ n: 1 }),
      () => session.swap({ n: 1 }),
      () => session.upsert({ n: 1 }, (it) => it),
      () => session.update((it) => it),
      () => session.rotate(),
    ]) {
      await expect(verb()).rejects.toBeInstanceOf(SessionEndedError);
    }
    expect(await session.take("note")).toBeUndefined();
    expect(await record()).toBeUndefined();
  });

  it("a session that starts and ends in one request leaves neither record nor cookie", async () => {
    const { visits, driver } = site();
    const request = new Request(ORIGIN);
    const session = await visits.fromRequest(request);
    await session.insert({ n: 1 });
    const key = `session:${session.key}`;
    expect(await session.remove()).toBe(true);
    expect(await driver.read(key)).toBeUndefined();
    expect(visits.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
  });

  it("remove waits for a first write in flight", async () => {
    const { visits, driver } = site();
    const session = await visits.fromRequest(new Request(ORIGIN));
    const [, removed] = await Promise.all([session.insert({ n: 1 }), session.remove()]);
    expect(removed).toBe(true);
    expect(await driver.read(`session:${session.key}`)).toBeUndefined();
  });

  it("a cookie that opens nothing is cleared too", async () => {
    const { fetch } = site();
    for (const value of ["A".repeat(43), "nonsense"]) {
      const headers = { cookie: `__Host-session=${value}` };
      const response = await fetch(new Request(`${ORIGIN}/logout`, { headers }));
      expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
    }
  });

  it("a removal that fails is reported, clears the cookie, and can be tried again (S21, B39, D9)", async () => {
    const { visit, visits, driver } = site();
    const { browser, record } = await visit();
    driver.inject("error", { on: "remove" });
    const request = browser.request();
    const session = await visits.fromRequest(request);
    await expect(session.remove()).rejects.toBeInstanceOf(UnavailableError);
    const { headers } = visits.finalize(new Response(), request);
    expect(headers.get("set-cookie")).toContain("Max-Age=0");
    expect(await session.find()).toBeUndefined();
    driver.heal();
    await session.remove();
    expect(await record()).toBeUndefined();
  });

  describe("nothing revives a session that ended while a request was using it (S19, B23)", () => {
    type Site = ReturnType<typeof site>;
    type Handle = Awaited<ReturnType<Site["open"]>>;
    const writes: Record<string, (session: Handle) => Promise<unknown>> = {
      insert: (session) => session.insert({ n: 9 }),
      swap: (session) => session.swap({ n: 9 }),
      upsert: (session) => session.upsert({ n: 9 }, (it) => it),
      update: (session) => session.update((it) => ({ n: it.n + 1 })),
      rotate: (session) => session.rotate(),
    };
    const ends: Record<string, (other: Handle, advance: () => void) => Promise<unknown>> = {
      removed: (other) => other.remove(),
      rotated: (other) => other.rotate(),
      expired: async (_, advance) => advance(),
    };
    for (const [verb, write] of Object.entries(writes)) {
      for (const [end, finish] of Object.entries(ends)) {
        it(`${verb} after it was ${end}`, async () => {
          let now = 0;
          const { visit, visits, open } = site(make(), () => now);
          const { browser, record } = await visit();
          const request = browser.request();
          const session = await visits.fromRequest(request);
          expect(await session.find()).toEqual({ n: 1 });
          await finish(await open(browser.cookie), () => {
            now += 10_000;
          });
          const stored = await record();
          await expect(write(session)).rejects.toMatchObject({
            name: "SessionEndedError",
            status: 401,
          });
          expect(await record()).toEqual(stored);
          expect(await session.find()).toBeUndefined();
          expect(visits.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
          expect(await (await open(browser.cookie)).find()).toBeUndefined();
        });
      }
    }

    it("a take finds nothing", async () => {
      for (const finish of Object.values(ends)) {
        let now = 0;
        const { visit, open } = site(make(), () => now);
        const { browser, record } = await visit();
        const session = await open(browser.cookie);
        await session.update((it) => ({ ...it, note: "hello" }));
        await finish(await open(browser.cookie), () => {
          now += 10_000;
        });
        const stored = await record();
        expect(await session.take("note")).toBeUndefined();
        expect(await record()).toEqual(stored);
      }
    });

    it("a change that had read it when it was removed", async () => {
      const { visit, visits, open } = site();
      const { browser, record } = await visit();
      const request = browser.request();
      const session = await visits.fromRequest(request);
      const other = await open(browser.cookie);
      const started = signal();
      const removed = signal();
      const upserted = session.upsert({ n: 100 }, async (it) => {
        started.send();
        await removed.sent;
        return { n: it.n + 1 };
      });
      await started.sent;
      await other.remove();
      removed.send();
      await expect(upserted).rejects.toBeInstanceOf(SessionEndedError);
      expect(await record()).toBeUndefined();
      expect(visits.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
    });

    it.each([true, false])(
      "the touch of a read that is under way (S20, B25) – driver has touch: %s",
      async (hasTouch) => {
        let now = 0;
        const plain = make();
        if (!hasTouch) Object.assign(plain, { touch: undefined });
        const { visit, visits, open, driver } = site(plain, () => now);
        const { browser, record } = await visit();
        now = 5_000;
        const request = browser.request();
        const session = await visits.fromRequest(request);
        const other = await open(browser.cookie);
        driver.inject({ meanwhile: () => other.remove() }, { on: "read", times: 1 });
        await session.find();
        expect(await record()).toBeUndefined();
        expect(visits.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
      },
    );

    it.each([true, false])(
      "nor does that touch undo a write (S20, B25) – driver has touch: %s",
      async (hasTouch) => {
        let now = 0;
        const plain = make();
        if (!hasTouch) Object.assign(plain, { touch: undefined });
        const { visit, open, driver } = site(plain, () => now);
        const { browser } = await visit();
        now = 5_000;
        const [reader, writer] = [await open(browser.cookie), await open(browser.cookie)];
        driver.inject({ meanwhile: () => writer.insert({ n: 50 }) }, { on: "read", times: 1 });
        await reader.find();
        expect(await (await open(browser.cookie)).find()).toEqual({ n: 50 });
      },
    );

    it("a read that wanted to renew the cookie sends none once a later verb finds the session ended", async () => {
      let now = 0;
      const { visit, visits, open } = site(make(), () => now);
      const { browser } = await visit();
      now = 5_000;
      const request = browser.request();
      const session = await visits.fromRequest(request);
      await session.find();
      await (await open(browser.cookie)).remove();
      expect(await session.touch()).toBe(false);
      expect(visits.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
    });
  });

  it("take hands each value out once, whoever asks, on a driver that answers late (B35)", async () => {
    const { visit, open } = site(late(make()));
    const { browser } = await visit();
    await (await open(browser.cookie)).update((it) => ({ ...it, note: "saved" }));
    const sessions = await Promise.all(Array.from({ length: 20 }, () => open(browser.cookie)));
    const taken = await Promise.all(sessions.map((it) => it.take("note")));
    expect(taken.filter((it) => it !== undefined)).toEqual(["saved"]);
    expect(await (await open(browser.cookie)).find()).toEqual({ n: 1 });
  });

  it("take starts no session and writes nothing where there is nothing to take", async () => {
    const { visit, open } = site();
    const visitor = await open("");
    expect(await visitor.take("note")).toBeUndefined();
    const { browser, record } = await visit();
    const before = await record();
    expect(await (await open(browser.cookie)).take("note")).toBeUndefined();
    // Nor is there a field of that name in what every object inherits.
    expect(await (await open(browser.cookie)).take("toString" as never)).toBeUndefined();
    expect((await record())?.version).toBe(before?.version);
  });
});
