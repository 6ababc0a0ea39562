import { describe, expect, it } from "vitest";
import { type CookieSession, cookieKey, defineSession, memoryDriver } from "zession";
import { fakeClock } from "zession/testing";
import { z } from "zod";
import { ORIGIN, tokenOf } from "../sessions/browser.ts";

interface Account {
  user: string;
  approval?: number | undefined;
}

function site() {
  const clock = fakeClock();
  const users = defineSession({
    key: z.string(),
    value: z.object({ user: z.string(), approval: z.number().optional() }),
    keyFn: cookieKey(),
    lifetime: { idle: "30m", absolute: "12h" },
    driver: memoryDriver(),
    clock,
  });
  const send = async <Result>(
    token: string,
    verbs: (session: CookieSession<string, Account>) => Promise<Result>,
  ) => {
    const headers = { cookie: `__Host-session=${token}` };
    const request = new Request(ORIGIN, { headers });
    const session = await users.fromRequest(request);
    const result = await verbs(session);
    const { headers: sent } = users.finalize(new Response(), request);
    return { result, sent: sent.get("set-cookie") };
  };
  /**
   * Signs a user in with a browser that has no session, and keeps the key, as an application would.
   */
  const signIn = async (value: Account) => {
    const { sent, result } = await send("", async (it) => {
      await it.rotate(value, () => value, { restart: true });
      return it.key ?? "";
    });
    return { token: tokenOf(sent), key: result };
  };
  const find = async (token: string) => (await send(token, (it) => it.find())).result;
  return { users, clock, send, signIn, find };
}

describe("ASVS 5.0, chapter 7", () => {
  it("a stolen token opens nothing after its session has ended (7.2.1)", async () => {
    const { send, signIn, find } = site();
    const { token } = await signIn({ user: "Ada" });
    expect(await find(token)).toEqual({ user: "Ada" });
    await send(token, (it) => it.remove());
    expect(await find(token)).toBeUndefined();
    const write = await send(token, (it) => it.insert({ user: "Eve" }));
    expect(tokenOf(write.sent)).not.toBe(token);
    expect(await find(token)).toBeUndefined();
  });

  it("a session is ended by the server after its idle time, whatever the cookie says (7.3.1)", async () => {
    const { clock, signIn, find } = site();
    const { token } = await signIn({ user: "Ada" });
    clock.advance(29 * 60_000);
    expect(await find(token)).toEqual({ user: "Ada" });
    clock.advance(30 * 60_000);
    expect(await find(token)).toBeUndefined();
  });

  it("an application ends all sessions of a user but the one that asks (7.4.2, 7.4.3, 7.4.5, 7.5.2)", async () => {
    const { users, send, signIn, find } = site();
    const [phone, desktop, library] = [
      await signIn({ user: "Ada" }),
      await signIn({ user: "Ada" }),
      await signIn({ user: "Ada" }),
    ];
    const other = await signIn({ user: "Bob" });
    const keys = [phone.key, desktop.key, library.key];
    const { sent } = await send(desktop.token, async (it) => {
      await it.find();
      await Promise.all(keys.filter((key) => key !== it.key).map((key) => users.store.remove(key)));
      await it.rotate();
    });
    expect(await find(tokenOf(sent))).toEqual({ user: "Ada" });
    for (const { token } of [phone, desktop, library]) expect(await find(token)).toBeUndefined();
    expect(await find(other.token)).toEqual({ user: "Bob" });
  });

  it("an approval is taken once, also by two requests at the same time (7.5.3)", async () => {
    const { send, signIn } = site();
    const { token } = await signIn({ user: "Ada", approval: 7 });
    const taken = await Promise.all([1, 2, 3].map(() => send(token, (it) => it.take("approval"))));
    expect(taken.map((it) => it.result).filter((it) => it !== undefined)).toEqual([7]);
  });
});
