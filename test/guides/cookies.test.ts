import { error, Router } from "itty-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CookieSession,
  cookieKey,
  defineSession,
  type LifetimeOptions,
  memoryDriver,
  SessionEndedError,
  type SessionRequest,
  UnavailableError,
} from "zession";
import { fakeClock, faultyDriver } from "zession/testing";
import { z } from "zod";
import { ORIGIN, tokenOf } from "../sessions/browser.ts";

const HOUR = 3_600_000;

interface Value {
  user?: string | undefined;
  message?: string | undefined;
  items: string[];
}
const empty: Value = { items: [] };

/** What the guide on cookies promises, tried as its readers would: request by request. */
function site(lifetime: LifetimeOptions | false = { idle: "30m", absolute: "12h" }) {
  const clock = fakeClock();
  const driver = faultyDriver(memoryDriver());
  const users = defineSession({
    name: "users",
    key: z.string(),
    value: z.object({
      user: z.string().optional(),
      message: z.string().optional(),
      items: z.array(z.string()),
    }),
    keyFn: cookieKey(),
    lifetime,
    clock,
    driver,
  });
  /** Sends a request with these tokens. */
  const send = async <Result>(
    tokens: string | string[] | undefined,
    verbs: (session: CookieSession<string, Value>) => Promise<Result>,
  ) => {
    const cookie = [tokens ?? []].flat().map((it) => `__Host-users=${it}`);
    const request = new Request(ORIGIN, { headers: { cookie: cookie.join("; ") } });
    const session = await users.fromRequest(request);
    const result = await verbs(session).catch((reason: unknown) => reason);
    const response = users.finalize(new Response(), request);
    const [sent] = response.headers.getSetCookie();
    const maxAge = /Max-Age=(\d+)/.exec(sent ?? "")?.[1];
    return {
      result,
      sent,
      maxAge: maxAge === undefined ? undefined : Number(maxAge),
      token: sent === undefined || maxAge === "0" ? "" : tokenOf(sent),
    };
  };
  const start = async (value: Value = empty) =>
    (await send(undefined, (it) => it.insert(value))).token;
  const find = async (token: string) => (await send(token, (it) => it.find())).result;
  return { users, clock, driver, send, start, find };
}

describe("a cookie is sent", () => {
  it("when a session starts and when it rotates, not because it is used (D1)", async () => {
    const { send, clock } = site();
    const born = await send(undefined, (it) => it.insert(empty));
    expect(born.maxAge).toBe(43_200);
    clock.advance(0.25 * HOUR);
    for (const use of ["find", "touch"] as const) {
      const { sent } = await send<unknown>(born.token, (it) => it[use]());
      expect(sent).toBeUndefined();
    }
    const write = await send(born.token, (it) => it.insert({ items: ["tea"] }));
    expect(write.sent).toBeUndefined();
    clock.advance(0.25 * HOUR);
    const rotated = await send(born.token, (it) => it.rotate());
    // What is left of the twelve hours.
    expect(rotated.maxAge).toBe(43_200 - 1800);
    expect(rotated.token).not.toBe(born.token);
  });

  it("with an idle limit alone for eight idle times, and again at most once in four (D1)", async () => {
    const { send, clock } = site({ idle: "1h" });
    const { token, maxAge } = await send(undefined, (it) => it.insert(empty));
    expect(maxAge).toBe(8 * 3600);
    let sent = 0;
    for (let halfHour = 1; halfHour <= 48; halfHour++) {
      clock.advance(HOUR / 2);
      const use = await send(token, (it) => it.find());
      expect(use.result).toEqual(empty);
      if (use.sent === undefined) continue;
      expect(use.maxAge).toBe(8 * 3600);
      sent++;
    }
    // 24 hours of use are six times four.
    expect(sent).toBe(6);
  });

  it("until the browser closes where no lifetime is given, and the session ends after 14 idle days (D6)", async () => {
    const clock = fakeClock();
    const visits = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: cookieKey(),
      driver: memoryDriver(),
      clock,
    });
    const visit = async (headers: Record<string, string>) => {
      const request = new Request(ORIGIN, { headers });
      const session = await visits.fromRequest(request);
      const count = await session.upsert(1, (n) => n + 1);
      return { count, sent: visits.finalize(new Response(), request).headers.get("set-cookie") };
    };
    const { sent } = await visit({});
    expect(sent).not.toContain("Max-Age");
    const headers = { cookie: `__Host-session=${tokenOf(sent)}` };
    clock.advance(13.9 * 24 * HOUR);
    expect(await visit(headers)).toEqual({ count: 2, sent: null });
    clock.advance(14 * 24 * HOUR);
    expect(await visit(headers)).toMatchObject({ count: 1 });
  });

  it("until the browser closes where the lifetime is false, and the session does not end (D6)", async () => {
    const { send, clock, find } = site(false);
    const { token, maxAge } = await send(undefined, (it) => it.insert(empty));
    expect(maxAge).toBeUndefined();
    clock.advance(10_000 * 24 * HOUR);
    expect(await find(token)).toEqual(empty);
  });

  it("for 400 days at most (D1)", async () => {
    const { send } = site({ absolute: "1000d" });
    expect((await send(undefined, (it) => it.insert(empty))).maxAge).toBe(400 * 86_400);
  });
});

describe("signing in by rotate(initial, update)", () => {
  it("stores the value under a new token, and the old one opens nothing (S13, D8)", async () => {
    const { send, start, find } = site();
    const visitor = await start({ items: ["tea"] });
    const signedIn = await send(visitor, (it) =>
      it.rotate(empty, ({ items }) => ({ items, user: "Ada" })),
    );
    expect(signedIn.result).toEqual({ items: ["tea"], user: "Ada" });
    expect(await find(signedIn.token)).toEqual({ items: ["tea"], user: "Ada" });
    expect(await find(visitor)).toBeUndefined();
    // Without a session before it starts one.
    const fresh = await send(undefined, (it) => it.rotate({ items: [], user: "Bob" }, (v) => v));
    expect(await find(fresh.token)).toEqual({ items: [], user: "Bob" });
  });

  it.each([true, false])(
    "counts the absolute limit anew only with restart: %s (D8)",
    async (restart) => {
      const { send, start, find, clock } = site({ absolute: "12h" });
      const visitor = await start();
      clock.advance(11.5 * HOUR);
      const { token, maxAge } = await send(visitor, (it) =>
        it.rotate(empty, (v) => v, { restart }),
      );
      expect(maxAge).toBe(restart ? 43_200 : 1800);
      clock.advance(HOUR);
      expect(await find(token)).toEqual(restart ? empty : undefined);
    },
  );

  it("twice at the same time succeeds once; the other sends no cookie (S15)", async () => {
    const { send, start, find } = site();
    const visitor = await start();
    const both = await Promise.all(
      ["Ada", "Ada"].map((user) =>
        send(visitor, (it) => it.rotate(empty, (v) => ({ ...v, user }), { restart: true })),
      ),
    );
    const [winner, ...others] = both.filter((it) => it.sent !== undefined);
    expect(others).toEqual([]);
    expect(await find(winner?.token ?? "")).toMatchObject({ user: "Ada" });
    const loser = both.find((it) => it.sent === undefined);
    expect(loser?.result).toBeInstanceOf(SessionEndedError);
  });

  it("posted by a trusted sign-on starts a session; by another site it does not (D7)", async () => {
    const trustedOrigins = ["https://appleid.apple.com"];
    const value = z.object({ state: z.string() });
    const signOn = defineSession({
      name: "signOn",
      key: z.string(),
      value,
      keyFn: cookieKey({ sameSite: "none", trustedOrigins }),
      lifetime: { absolute: "10m" },
    });
    const users = defineSession({
      name: "users",
      key: z.string(),
      value,
      keyFn: cookieKey({ trustedOrigins }),
    });
    const begin = signOn.wrap(async (request) => {
      await request.signOn.insert({ state: "s" });
      return new Response();
    });
    const begun = (await begin(new Request(ORIGIN))).headers.get("set-cookie") ?? "";
    expect(begun).toContain("SameSite=None");
    type Both = SessionRequest<typeof signOn> & SessionRequest<typeof users>;
    const callback = signOn.wrap(
      users.wrap(async (request: Both) => {
        const state = (await request.signOn.find())?.state ?? "none";
        await request.users.rotate({ state }, () => ({ state }), { restart: true });
        return Response.json(await request.users.find());
      }),
    );
    const post = (origin: string) => {
      const cookie = begun.split(";")[0] ?? "";
      const headers = { cookie, origin, "sec-fetch-site": "cross-site" };
      return callback(new Request(ORIGIN, { method: "POST", headers }));
    };
    const answer = await post("https://appleid.apple.com");
    expect(await answer.json()).toEqual({ state: "s" });
    expect(answer.headers.getSetCookie().join()).toContain("__Host-users=");
    await expect(post("https://evil.example")).rejects.toMatchObject({ status: 403 });
  });
});

describe("after a rotation", () => {
  afterEach(() => void vi.useRealTimers());

  /** A session that was rotated, with its old token and its new one. */
  async function rotated() {
    const all = site();
    const old = await all.start({ items: ["tea"] });
    const { token } = await all.send(old, (it) => it.rotate());
    return { ...all, old, token };
  }

  it("the old token finds the session ended for a minute: nothing is read, started or sent (D2)", async () => {
    // The driver's own expiry ends the mark.
    vi.useFakeTimers({ toFake: ["Date"] });
    const { send, old, token, find } = await rotated();
    for (const wait of [0, 59_999]) {
      vi.setSystemTime(Date.now() + wait);
      const read = await send(old, async (it) => [await it.find(), await it.take("message")]);
      expect(read).toMatchObject({ result: [undefined, undefined], sent: undefined });
      const write = await send(old, (it) => it.insert(empty));
      expect(write.result).toBeInstanceOf(SessionEndedError);
      expect(write.sent).toBeUndefined();
    }
    vi.setSystemTime(Date.now() + 1);
    const later = await send(old, (it) => it.insert(empty));
    expect(later.result).toEqual(empty);
    expect([old, token]).not.toContain(later.token);
    expect(await find(token)).toEqual({ items: ["tea"] });
  });

  it("removing the old session ends the new one, by a request or from outside (D3)", async () => {
    const one = await rotated();
    const signOut = await one.send(one.old, (it) => it.remove());
    expect(signOut).toMatchObject({ result: true, maxAge: 0 });
    expect(await one.find(one.token)).toBeUndefined();

    const { users, send, start, find } = site();
    const old = await start();
    const { result: key } = await send(old, async (it) => (await it.find()) && it.key);
    const { token } = await send(old, (it) => it.rotate());
    expect(await users.store.remove(key as string)).toBe(true);
    expect(await find(token)).toBeUndefined();
  });
});

describe("signing out by remove", () => {
  it("ends every session that the browser presented, and clears the cookie (D4)", async () => {
    const { send, start, find } = site();
    const tokens = [await start(), await start(), await start()];
    const { result, maxAge } = await send(tokens, async (it) => [
      await it.find(),
      await it.remove(),
    ]);
    expect(result).toEqual([undefined, true]);
    expect(maxAge).toBe(0);
    for (const token of tokens) expect(await find(token)).toBeUndefined();
  });

  it("with the store down rejects, and clears the cookie all the same (D9)", async () => {
    const { send, start, driver } = site();
    const token = await start();
    driver.inject("error");
    const { result, maxAge } = await send(token, (it) => it.remove());
    expect(result).toBeInstanceOf(UnavailableError);
    expect(maxAge).toBe(0);
  });

  it("leaves nothing to read and nothing to write, but a new session may begin (B31)", async () => {
    const { send, start, find } = site();
    const token = await start({ items: ["tea"], user: "Ada", message: "hello" });
    const { result, token: next } = await send(token, async (it) => {
      await it.remove();
      const reads = [await it.find(), await it.take("message")];
      const writes = await Promise.allSettled([
        it.insert(empty),
        it.swap(empty),
        it.upsert(empty, (v) => v),
        it.update((v) => v),
      ]);
      const reasons = writes.map((write) => write.status === "rejected" && write.reason);
      await it.rotate({ ...empty, message: "You are signed out." }, (v) => v);
      return { reads, ended: reasons.map((reason) => reason instanceof SessionEndedError) };
    });
    expect(result).toEqual({ reads: [undefined, undefined], ended: [true, true, true, true] });
    expect(await find(next)).toEqual({ items: [], message: "You are signed out." });
    expect(await find(token)).toBeUndefined();
  });
});

describe("a handler that throws after a rotation", () => {
  it("loses no session: the error page carries the new cookie (D5)", async () => {
    const { users, start, find } = site();
    const token = await start({ items: ["tea"] });
    const request = () => new Request(ORIGIN, { headers: { cookie: `__Host-users=${token}` } });
    const router = Router<SessionRequest<typeof users>>({
      before: [users.middleware],
      catch: () => error(500),
      finally: [users.finalize],
    });
    router.get("/", async (request) => {
      await request.users.rotate();
      throw new Error("no printer");
    });
    const response: Response = await router.fetch(request());
    expect(response.status).toBe(500);
    const moved = tokenOf(response.headers.get("set-cookie"));
    expect(await find(moved)).toEqual({ items: ["tea"] });
  });

  it("behind wrap can be answered by a page that is finalized outside (D5)", async () => {
    const { users, start, find } = site();
    const token = await start({ items: ["tea"] });
    const request = new Request(ORIGIN, { headers: { cookie: `__Host-users=${token}` } });
    const handler = users.wrap(async (request): Promise<Response> => {
      await request.users.rotate();
      throw new Error("no printer");
    });
    const response = await handler(request).catch(() =>
      users.finalize(new Response("sorry", { status: 500 }), request),
    );
    expect(response.status).toBe(500);
    expect(await find(tokenOf(response.headers.get("set-cookie")))).toEqual({ items: ["tea"] });
  });
});

describe("the key", () => {
  it("is unknown until a verb has found the session, and is a hash then", async () => {
    const { users, send, start } = site();
    const token = await start({ items: ["tea"] });
    const { result } = await send(token, async (it) => [it.key, await it.find(), it.key]);
    const [before, , after] = result as [unknown, unknown, string];
    expect(before).toBeUndefined();
    expect(after).toMatch(/^[\w-]{43}$/);
    expect(after).not.toBe(token);
    expect(await users.store.find(after)).toEqual({ items: ["tea"] });
    const stranger = await send("a".repeat(43), async (it) => [await it.find(), it.key]);
    expect(stranger.result).toEqual([undefined, undefined]);
  });
});
