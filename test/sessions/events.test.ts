import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { cookieKey, defineSession, type SessionEvent } from "zession";
import { z } from "zod";
import { Browser, ORIGIN } from "./browser.ts";
import { drivers } from "./drivers.ts";

const SECRETS = ["a secret that is 32 bytes long, or more"];

describe.each(drivers)("events – %s", (_, make) => {
  function site(onEvent?: (event: SessionEvent) => unknown) {
    let now = 0;
    const events: SessionEvent[] = [];
    const driver = make();
    const define = (value: z.ZodType<number>, onInvalid: "throw" | "discard" = "throw") =>
      defineSession({
        name: "visits",
        key: z.string(),
        value,
        keyFn: cookieKey({ secrets: SECRETS }),
        lifetime: { idle: 1000 },
        driver,
        clock: () => now,
        onInvalid,
        onEvent: onEvent ?? ((event) => events.push(event)),
      });
    const visits = define(z.number());
    const browser = new Browser(
      visits.wrap(async (request) => {
        const { visits: session } = request;
        const path = new URL(request.url).pathname;
        if (path === "/add") await session.upsert(1, (n) => n + 1);
        if (path === "/rotate") await session.rotate();
        if (path === "/remove") await session.remove();
        return new Response(`${await session.find()}`);
      }),
    );
    const open = (cookie: string) =>
      visits.fromRequest(new Request(ORIGIN, { headers: { cookie } }));
    return { visits, define, driver, browser, open, events, wait: (ms: number) => (now += ms) };
  }

  it.each([true, false])(
    "tell of a write after a removal, whether the session was read before: %s",
    async (isRead) => {
      const { browser, events, open } = site();
      await browser.send("/add");
      const session = await open(browser.cookie);
      if (isRead) await session.find();
      await session.remove();
      await expect(session.insert(2)).rejects.toMatchObject({ code: "ERR_SESSION_ENDED" });
      expect(events.map((it) => it.type)).toEqual(["created", "removed", "ended"]);
      expect(new Set(events.map((it) => "fingerprint" in it && it.fingerprint)).size).toBe(1);
    },
  );

  it("tell of a session's life, by a fingerprint that stays with its key (S73)", async () => {
    const { browser, events } = site();
    await browser.send("/add");
    await browser.send("/add");
    await browser.send("/rotate");
    await browser.send("/remove");
    const [created, rotated, removed] = events as { fingerprint: string; previous?: string }[];
    expect(events.map((it) => it.type)).toEqual(["created", "rotated", "removed"]);
    expect(events.every((it) => it.name === "visits")).toBe(true);
    expect(created?.fingerprint).toMatch(/^[\w-]{16}$/);
    expect(rotated?.previous).toBe(created?.fingerprint);
    expect(removed?.fingerprint).toBe(rotated?.fingerprint);
    expect(removed?.fingerprint).not.toBe(created?.fingerprint);
  });

  it("tell of what has expired, once a verb comes upon it (S73)", async () => {
    const { browser, events, wait } = site();
    await browser.send("/add");
    wait(1000);
    await browser.send("/");
    expect(events.map((it) => it.type)).toEqual(["created", "expired"]);
  });

  it("tell of tokens that are unknown, made up or not ours, with the reason, once a request (S73)", async () => {
    const { browser, open, events } = site();
    await browser.send("/add");
    const { cookie } = browser;
    await browser.send("/remove");
    events.length = 0;
    const dead = await open(cookie);
    await dead.find();
    await dead.touch();
    await dead.update((n) => n);
    await (await open("__Host-visits=nonsense")).find();
    await (await open(`${cookie.slice(0, -4)}AAAA`)).find();
    expect(events.map((it) => ("reason" in it ? it.reason : it.type))).toEqual([
      "unknown",
      "malformed",
      "signature",
    ]);
    expect("fingerprint" in (events[0] ?? {})).toBe(true);
    expect("fingerprint" in (events[1] ?? {})).toBe(false);
  });

  it("tell of a verb that was refused because the session had ended (S73)", async () => {
    const { browser, open, events } = site();
    await browser.send("/add");
    const [one, other] = [await open(browser.cookie), await open(browser.cookie)];
    await one.find();
    await other.remove();
    events.length = 0;
    await expect(one.insert(1)).rejects.toThrow();
    expect(events.map((it) => it.type)).toEqual(["ended"]);
  });

  it("tell of every attempt that another writer was faster than (S73)", async () => {
    const { browser, open, visits, define, events } = site();
    await browser.send("/add");
    const session = await open(browser.cookie);
    await session.find();
    // As another process would.
    const rival = define(z.number());
    const key = session.key ?? "";
    events.length = 0;
    let rivals = 2;
    await session.update(async (n) => {
      if (rivals-- > 0) await rival.store.insert(key, n + 10);
      return n + 1;
    });
    expect(await visits.store.find(key)).toBe(22);
    expect(events.map((it) => [it.type, Reflect.get(it, "attempt")])).toEqual([
      ["conflict", 1],
      ["conflict", 2],
    ]);
  });

  it("tell of a record that no longer fits, and whether it was thrown away (S73, B14)", async () => {
    const { browser, open, define, events } = site();
    await browser.send("/add");
    const session = await open(browser.cookie);
    await session.find();
    const key = session.key ?? "";
    events.length = 0;
    await expect(define(z.number().min(5)).store.find(key)).rejects.toThrow();
    await define(z.number().min(5), "discard").store.find(key);
    expect(events.map((it) => [it.type, Reflect.get(it, "discarded")])).toEqual([
      ["invalid", false],
      ["invalid", true],
    ]);
  });

  it("tell of a driver that fails, with the error that the verb rejects with (S73)", async () => {
    const { visits, driver, events } = site();
    driver.read = () => Promise.reject(new Error("down"));
    const error = await visits.store.find("a").catch((it: unknown) => it);
    expect(events).toEqual([{ type: "unavailable", name: "visits", error }]);
  });

  it("hold no fingerprint by which a key that can be guessed could be looked up (S11)", async () => {
    const seen: string[] = [];
    const onEvent = (event: SessionEvent) => {
      if ("fingerprint" in event && event.fingerprint !== undefined) seen.push(event.fingerprint);
    };
    const define = () =>
      defineSession({
        name: "visits",
        key: z.string(),
        value: z.number(),
        keyFn: () => null,
        driver: make(),
        onEvent,
      });
    const [one, other] = [define(), define()];
    for (const { store } of [one, one, other]) {
      await store.upsert("10.1.2.3", 1, (n) => n);
      await store.remove("10.1.2.3");
    }
    const hash = createHash("sha256").update("visits:10.1.2.3").digest("base64url");
    const [created] = seen;
    expect(seen.slice(0, 4)).toEqual([created, created, created, created]);
    expect(new Set(seen).size).toBe(2);
    expect(seen).not.toContain(hash.slice(0, 16));
  });

  it("tell of every made-up token of a request (S73)", async () => {
    const events: SessionEvent[] = [];
    const { fromRequest } = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: cookieKey(),
      driver: make(),
      onEvent: (event) => events.push(event),
    });
    for (const count of [1, 2, 4]) {
      events.length = 0;
      const tokens = Array.from({ length: count }, (_, i) => `${i}`.padStart(43, "g"));
      const cookie = tokens.map((it) => `__Host-session=${it}`).join("; ");
      await (await fromRequest(new Request(ORIGIN, { headers: { cookie } }))).find();
      expect(events.map((it) => it.type)).toEqual(Array(count).fill("rejected"));
    }
  });

  it("a listener that throws or rejects breaks nothing", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    try {
      for (const listener of [
        () => {
          throw new Error("log");
        },
        () => Promise.reject(new Error("log")),
      ]) {
        const { browser } = site(listener);
        expect(await browser.text("/add")).toBe("1");
        expect(await browser.text("/rotate")).toBe("1");
        expect(await browser.text("/remove")).toBe("undefined");
      }
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off("unhandledRejection", unhandled);
    }
  });
});
