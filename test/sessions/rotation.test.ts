import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { cookieKey, type Driver, defineSession, SessionEndedError } from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";
import { late } from "../late.ts";
import { Browser, ORIGIN, tokenOf } from "./browser.ts";
import { drivers } from "./drivers.ts";

const cart = z.object({ user: z.string().optional(), items: z.array(z.string()) });

describe.each(drivers)("rotating – %s", (_, make) => {
  function site(plain: Driver = make(), clock: () => number = Date.now) {
    const driver = faultyDriver(plain);
    const carts = defineSession({
      key: z.string(),
      value: cart,
      keyFn: cookieKey(),
      driver,
      clock,
      lifetime: { idle: "1h", absolute: "3h" },
    });
    /** How many sessions live under the keys that were ever written. */
    const count = async () => {
      const keys = new Set(driver.calls.map((it) => it.key.slice("session:".length)));
      const found = await Promise.all([...keys].map((key) => carts.store.find(key)));
      return found.filter((it) => it !== undefined).length;
    };
    const open = (cookie: string) =>
      carts.fromRequest(new Request(ORIGIN, { headers: { cookie } }));
    const fetch = carts.wrap(async (request) => {
      const { session } = request;
      const path = new URL(request.url).pathname;
      if (path === "/add") await session.upsert({ items: ["a"] }, (it) => void it.items.push("b"));
      if (path === "/login") {
        await session.rotate();
        await session.upsert({ items: [], user: "ada" }, (it) => ({ ...it, user: "ada" }));
      }
      if (path === "/login-other") {
        await session.rotate();
        await session.insert({ items: [], user: "bob" });
      }
      if (path === "/rotate") await session.rotate();
      if (path === "/twice") {
        await session.rotate();
        await session.rotate();
      }
      return Response.json((await session.find()) ?? null);
    });
    return { carts, driver, count, open, fetch, browser: () => new Browser(fetch) };
  }

  it("at sign-in gives a new token, keeps the value, kills the old token and leaves one record (S13, B28)", async () => {
    const { browser, count, fetch } = site();
    const it = browser();
    await it.send("/add");
    const before = it.cookie;
    const response = await it.send("/login");
    expect(await response.json()).toEqual({ items: ["a"], user: "ada" });
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(it.cookie).not.toBe(before);
    expect(await count()).toBe(1);
    const old = await fetch(new Request(ORIGIN, { headers: { cookie: before } }));
    expect(await old.json()).toBeNull();
    expect(await (await it.send("/")).json()).toEqual({ items: ["a"], user: "ada" });
  });

  it("twice in one request kills the first and the middle token, with one cookie (B29, S48)", async () => {
    const { browser, count, fetch, driver } = site();
    const it = browser();
    await it.send("/add");
    const before = it.cookie;
    const written = vi.spyOn(driver, "write");
    const response = await it.send("/twice");
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(written).toHaveBeenCalled();
    // One record under all the keys that were ever written: neither the first nor the middle one is
    // left.
    expect(await count()).toBe(1);
    const old = await fetch(new Request(ORIGIN, { headers: { cookie: before } }));
    expect(await old.json()).toBeNull();
    expect(await (await it.send("/")).json()).toEqual({ items: ["a"] });
  });

  it("lets another user start empty on the same browser (S16)", async () => {
    const { browser } = site();
    const it = browser();
    await it.send("/add");
    await it.send("/login");
    expect(await (await it.send("/login-other")).json()).toEqual({ items: [], user: "bob" });
  });

  it("does nothing where there is no session: the next write starts one under a new token (S3)", async () => {
    const { browser, fetch, count } = site();
    const it = browser();
    expect((await it.send("/rotate")).headers.getSetCookie()).toEqual([]);
    expect(await (await it.send("/login")).json()).toEqual({ items: [], user: "ada" });
    const cookie = `__Host-session=${"A".repeat(43)}`;
    const response = await fetch(new Request(`${ORIGIN}/login`, { headers: { cookie } }));
    expect(tokenOf(response.headers.get("set-cookie"))).not.toBe("A".repeat(43));
    expect(await count()).toBe(2);
  });

  it("does not move the absolute limit, and restarts the idle time (S17)", async () => {
    let now = 0;
    const { browser } = site(make(), () => now);
    const it = browser();
    await it.send("/add");
    for (const minutes of [50, 100, 150]) {
      now = minutes * 60_000;
      expect(await (await it.send("/rotate")).json()).not.toBeNull();
    }
    now = 180 * 60_000 - 1;
    expect(await (await it.send("/")).json()).not.toBeNull();
    now = 180 * 60_000;
    expect(await (await it.send("/")).json()).toBeNull();
  });

  it("keeps the expiry of the store (S31)", async () => {
    const { carts, driver } = site();
    const session = await carts.fromRequest(new Request(ORIGIN));
    await session.insert({ items: [] });
    await session.rotate();
    const record = await driver.read(`session:${session.key}`);
    expect(record?.expiresAt).toBeGreaterThan(Date.now());
  });

  it("of 20 at once over as many requests one succeeds; the others learn that it ended (S15)", async () => {
    const { browser, open, count } = site();
    const it = browser();
    await it.send("/add");
    const sessions = await Promise.all(Array.from({ length: 20 }, () => open(it.cookie)));
    await Promise.all(sessions.map((it) => it.find()));
    const outcomes = await Promise.allSettled(
      sessions.map((session) => session.rotate().then(() => session)),
    );
    const won = outcomes.filter((it) => it.status === "fulfilled").map((it) => it.value);
    expect(won).toHaveLength(1);
    for (const outcome of outcomes.filter((it) => it.status === "rejected")) {
      expect(outcome.reason).toBeInstanceOf(SessionEndedError);
    }
    expect(await won[0]?.find()).toEqual({ items: ["a"] });
    expect(await count()).toBe(1);
  });

  it.each([1, 2, 3, 4, 5])(
    "of several at once in one request all take effect, one after another, on a driver that answers late: %d",
    async (round) => {
      const { carts, count } = site(late(make()));
      const session = await carts.fromRequest(new Request(ORIGIN));
      await session.insert({ items: ["a"] });
      const found: unknown[] = [];
      let isDone = false;
      const read = async () => {
        while (!isDone) found.push(await session.find());
      };
      const reading = Array.from({ length: round }, read);
      await Promise.all([
        session.rotate(),
        session.upsert({ items: [] }, (it) => void it.items.push("b")),
        session.rotate(),
        session.touch().then((it) => expect(it).toBe(true)),
        session.upsert({ items: [] }, async (it) => void it.items.push("c")),
      ]);
      isDone = true;
      await Promise.all(reading);
      expect((await session.find())?.items.toSorted()).toEqual(["a", "b", "c"]);
      expect(found).not.toContain(undefined);
      expect(await count()).toBe(1);
    },
  );

  it("over a record that counts as absent tells the browser the new token (S59)", async () => {
    const base = { key: z.string(), driver: make() } as const;
    const before = defineSession({
      ...base,
      value: z.object({ old: z.string() }),
      keyFn: cookieKey({ name: "sid" }),
    });
    const keyFn = cookieKey({ name: "sid" });
    const now = defineSession({ ...base, value: cart, keyFn, onInvalid: "discard" });
    for (const reads of [true, false]) {
      const first = new Request(ORIGIN);
      await (await before.fromRequest(first)).insert({ old: "value" });
      const token = tokenOf(before.finalize(new Response(), first).headers.get("set-cookie"));
      const request = new Request(ORIGIN, { headers: { cookie: `sid=${token}` } });
      const session = await now.fromRequest(request);
      if (reads) expect(await session.find()).toBeUndefined();
      await session.rotate({ user: "ada", items: [] }, (it) => it);
      const key = session.key;
      const moved = tokenOf(now.finalize(new Response(), request).headers.get("set-cookie"));
      expect(key).toBe(createHash("sha256").update(moved).digest("base64url"));
      expect(await now.store.find(key ?? "")).toEqual({ user: "ada", items: [] });
      await expect(before.store.insert(token, { old: "x" })).rejects.toThrow(SessionEndedError);
    }
  });

  it("loses no update that comes in between (S34)", async () => {
    const { browser, open } = site();
    const it = browser();
    await it.send("/add");
    const [rotating, ...writing] = await Promise.all(
      Array.from({ length: 9 }, () => open(it.cookie)),
    );
    await rotating?.find();
    const written = await Promise.allSettled([
      rotating?.rotate(),
      ...writing.map(async (session, i) => {
        await session.find();
        return session.update((it) => void it.items.push(`w${i}`));
      }),
    ]);
    const items = (await rotating?.find())?.items ?? [];
    for (const [i, outcome] of written.slice(1).entries()) {
      if (outcome.status === "fulfilled" && outcome.value !== undefined)
        expect(items).toContain(`w${i}`);
      else expect(items).not.toContain(`w${i}`);
    }
  });

  // What a rotation asks of the driver: read, write the copy, replace the old record by the mark.
  it.each([1, 2, 3])(
    "leaves exactly one usable session when driver call %d fails before it is carried out (S14)",
    async (failing) => {
      const { carts, driver, browser, count } = site();
      const it = browser();
      await it.send("/add");
      const session = await carts.fromRequest(it.request());
      driver.inject("error", { after: failing - 1, times: 1 });
      const outcome = await session.rotate().then(
        () => "rotated",
        (error) => error.code,
      );
      driver.heal();
      expect(outcome).toBe("ERR_SESSION_UNAVAILABLE");
      // The session stays under its old token, and no copy is left behind.
      expect(await (await carts.fromRequest(it.request())).find()).toEqual({ items: ["a"] });
      expect(await session.find()).toEqual({ items: ["a"] });
      expect(await count()).toBe(1);
    },
  );

  it.each([2, 3])(
    "leaves exactly one usable session when the answer to driver call %d is lost (S14, S70)",
    async (lost) => {
      const { carts, driver, browser, count } = site();
      const it = browser();
      await it.send("/add");
      const session = await carts.fromRequest(it.request());
      driver.inject("lost-reply", { after: lost - 1, times: 1 });
      const outcome = await session.rotate().then(
        () => "rotated",
        (error) => error.code,
      );
      driver.heal();
      expect(outcome).toBe(lost === 2 ? "ERR_SESSION_UNAVAILABLE" : "rotated");
      expect(await session.find()).toEqual({ items: ["a"] });
      const old = await (await carts.fromRequest(it.request())).find();
      expect(old).toEqual(lost === 2 ? { items: ["a"] } : undefined);
      expect(await count()).toBe(1);
    },
  );

  it.each([1, 2, 3])(
    "never outlives a removal, which comes after driver call %d of it (S19, D3)",
    async (moment) => {
      const { carts, browser, driver, count } = site();
      const it = browser();
      await it.send("/add");
      const old = it.cookie;
      const request = it.request();
      const rotating = await carts.fromRequest(request);
      await rotating.find();
      const removing = await carts.fromRequest(it.request());
      let removed: boolean | undefined;
      const remove = async () => {
        removed = await removing.remove();
      };
      driver.inject({ meanwhile: remove }, { after: moment - 1, times: 1 });
      const rotated = await rotating.rotate().catch((error) => error);
      // With the mark in place the rotation has succeeded, and the removal follows it.
      if (moment === 3) expect(rotated).toBeUndefined();
      else expect(rotated).toBeInstanceOf(SessionEndedError);
      expect(removed).toBe(true);
      expect(await count()).toBe(0);
      expect(await rotating.find()).toBeUndefined();
      expect(await (await carts.fromRequest(it.request())).find()).toBeUndefined();
      expect(it.cookie).toBe(old);
    },
  );

  it("does not save a session from a removal under its old token, for a minute (D3)", async () => {
    let now = 0;
    const { browser, open, count } = site(make(), () => now);
    const it = browser();
    await it.send("/add");
    const old = it.cookie;
    await it.send("/rotate");
    now = 59_999;
    expect(await (await open(old)).remove()).toBe(true);
    expect(await count()).toBe(0);
    expect(await (await it.send("/")).json()).toBeNull();
  });

  it("puts the new token on the response even if the handler then fails over to an error page (S52)", async () => {
    const { carts, browser } = site();
    const failing = carts.wrap(async (request) => {
      await request.session.rotate();
      return new Response("oops", { status: 500 });
    });
    const it = browser();
    await it.send("/add");
    const response = await failing(it.request());
    expect(response.status).toBe(500);
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });
});
