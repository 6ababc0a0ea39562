import { describe, expect, it } from "vitest";
import {
  type CookieKeyOptions,
  cookieKey,
  type Driver,
  defineSession,
  SessionEndedError,
  UnavailableError,
} from "zession";
import { z } from "zod";
import { signal } from "../signal.ts";
import { Browser, ORIGIN } from "./browser.ts";
import { drivers } from "./drivers.ts";

describe.each(drivers)("signing out – %s", (_, make) => {
  function site(options: CookieKeyOptions = {}, driver: Driver = make(), clock = Date.now) {
    const users = defineSession({
      key: z.string(),
      value: z.object({ user: z.string() }),
      keyFn: cookieKey(options),
      driver,
      clock,
      lifetime: { idle: "30m" },
    });
    const open = (cookie: string) =>
      users.fromRequest(new Request(ORIGIN, { headers: { cookie } }));
    /** The cookie of a new session. */
    const signIn = async (user: string) => {
      const request = new Request(ORIGIN);
      await (await users.fromRequest(request)).insert({ user });
      const [cookie = ""] = users.finalize(new Response(), request).headers.getSetCookie();
      return cookie.split(";")[0] ?? "";
    };
    return { open, signIn };
  }

  it.each([
    ["at once", false],
    ["after a read", true],
  ])("%s ends both sessions of two presented tokens (D4)", async (_, readsFirst) => {
    const { open, signIn } = site();
    const cookies = [await signIn("alice"), await signIn("mallory")];
    const session = await open(cookies.join("; "));
    if (readsFirst) await session.find();
    expect(await session.remove()).toBe(true);
    for (const cookie of cookies) expect(await (await open(cookie)).find()).toBeUndefined();
  });

  it("stays signed out if the first value of another session cannot be made", async () => {
    const { open, signIn } = site();
    const session = await open(await signIn("alice"));
    await session.remove();
    const first = () => {
      throw new Error("no such user");
    };
    await expect(session.rotate(first, (it) => it)).rejects.toThrow("no such user");
    await expect(session.insert({ user: "mallory" })).rejects.toThrow(SessionEndedError);
    expect(await session.rotate({ user: "bob" }, (it) => it)).toEqual({ user: "bob" });
    expect(await session.find()).toEqual({ user: "bob" });
  });

  it.each([
    ["of a domain", { domain: "shop.example" }],
    ["of plain HTTP", { secure: false }],
    ["of this host", {}],
  ])("ends the session among four worthless cookies %s (D4)", async (_, options) => {
    const { open, signIn } = site(options);
    const cookie = await signIn("alice");
    const name = cookie.split("=")[0];
    const tossed = [0, 1, 2, 3].map((i) => `${name}=x${i}`);
    expect(await (await open([cookie, ...tossed].join("; "))).remove()).toBe(true);
    expect(await (await open(cookie)).find()).toBeUndefined();
  });

  it("on a machine whose clock is ahead ends a session that is over there only (D3)", async () => {
    const driver = make();
    let now = Date.now();
    const here = site({}, driver, () => now);
    const ahead = site({}, driver, () => now + 3 * 60_000);
    const cookie = await here.signIn("alice");
    now += 28 * 60_000;
    await (await ahead.open(cookie)).remove();
    expect(await (await here.open(cookie)).find()).toBeUndefined();
  });

  it("a page that used the session before a sign-in sends no cookie when it answers afterwards (D1)", async () => {
    let now = Date.now();
    const users = defineSession({
      key: z.string(),
      value: z.object({ user: z.string() }),
      keyFn: cookieKey(),
      driver: make(),
      clock: () => now,
      lifetime: { idle: "30m", absolute: "12h" },
    });
    const fetch = users.wrap(async ({ session }) => {
      await session.rotate({ user: "alice" }, () => ({ user: "alice" }));
      return new Response();
    });
    const browser = new Browser(fetch);
    await browser.send();
    now += 4 * 60_000;
    const page = browser.request();
    await (await users.fromRequest(page)).update(() => ({ user: "bob" }));
    await browser.send();
    const { cookie } = browser;
    expect(users.finalize(new Response(), page).headers.getSetCookie()).toEqual([]);
    const next = new Request(ORIGIN, { headers: { cookie } });
    expect(await (await users.fromRequest(next)).find()).toEqual({ user: "alice" });
  });

  it("that waits in vain for a rotation of the same request clears the cookie all the same (D9)", async () => {
    const users = defineSession({
      key: z.string(),
      value: z.object({ user: z.string() }),
      keyFn: cookieKey(),
      driver: make(),
      timeout: 50,
    });
    const browser = new Browser(
      users.wrap(async ({ session }) => {
        await session.insert({ user: "alice" });
        return new Response();
      }),
    );
    await browser.send();
    const request = browser.request();
    const session = await users.fromRequest(request);
    const { sent, send } = signal();
    const rotating = session.rotate({ user: "" }, async (it) => {
      await sent;
      return it;
    });
    await expect(session.remove()).rejects.toBeInstanceOf(UnavailableError);
    send();
    await rotating;
    const response = users.finalize(new Response(), request);
    expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
    expect(await session.find()).toBeUndefined();
  });
});
