import { describe, expect, it, vi } from "vitest";
import {
  type CookieKeyOptions,
  CrossOriginError,
  cookieKey,
  defineSession,
  memoryDriver,
  type SessionEvent,
} from "zession";
import { z } from "zod";
import { ORIGIN, tokenOf } from "../sessions/browser.ts";

const EVIL = { "sec-fetch-site": "cross-site", origin: "https://attacker.example" };

/**
 * A site with one visitor who is signed in, and a page of another site that can make their browser
 * send requests.
 */
async function site(options?: CookieKeyOptions) {
  const driver = memoryDriver();
  const methods = (["read", "write", "touch", "remove"] as const).map((it) => vi.spyOn(driver, it));
  const events: SessionEvent[] = [];
  const users = defineSession({
    name: "users",
    key: z.string(),
    value: z.object({ id: z.number(), note: z.string().optional() }),
    keyFn: cookieKey(options),
    lifetime: { idle: "1h" },
    driver,
    onEvent: (event) => events.push(event),
  });
  type Users = Awaited<ReturnType<typeof users.fromRequest>>;
  const send = async <Result>(
    headers: Record<string, string>,
    verb: (session: Users) => Promise<Result>,
    method = "POST",
  ) => {
    const request = new Request(ORIGIN, { method, headers });
    const session = await users.fromRequest(request);
    const result = await verb(session).catch((error: unknown) => error);
    return { result, response: users.finalize(new Response(), request) };
  };
  const { response } = await send({ "sec-fetch-site": "same-origin" }, (it) =>
    it.insert({ id: 1, note: "hello" }),
  );
  const cookie = `__Host-users=${tokenOf(response.headers.get("set-cookie"))}`;
  for (const method of methods) method.mockClear();
  events.length = 0;
  return { send, cookie, events, calls: () => methods.flatMap((it) => it.mock.calls) };
}

describe("a request that another site made a browser send", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE"])(
    "has no session when it is a %s: reads find nothing, no driver is called, and it is told once (D7)",
    async (method) => {
      const { send, cookie, events, calls } = await site();
      const read = await send(
        { ...EVIL, cookie },
        async (it) => [await it.find(), await it.touch(), await it.take("note")],
        method,
      );
      expect(read.result).toEqual([undefined, false, undefined]);
      expect(read.response.headers.getSetCookie()).toEqual([]);
      expect(calls()).toEqual([]);
      expect(events).toEqual([{ type: "rejected", name: "users", reason: "cross-origin" }]);
    },
  );

  it("cannot write, sign out, or sign anybody in: that rejects with 403, and the session stays (D7)", async () => {
    const { send, cookie, calls } = await site();
    for (const headers of [{ ...EVIL, cookie }, EVIL]) {
      const { result, response } = await send(headers, (it) =>
        Promise.all(
          [
            it.insert({ id: 2 }),
            it.swap({ id: 2 }),
            it.upsert({ id: 2 }, () => ({ id: 2 })),
            it.update(() => ({ id: 2 })),
            it.rotate(),
            it.remove(),
          ].map((verb) => verb.then(String, (error: unknown) => error)),
        ),
      );
      for (const error of result as unknown[]) {
        expect(error).toBeInstanceOf(CrossOriginError);
        expect(error).toMatchObject({ code: "ERR_SESSION_CROSS_ORIGIN", status: 403 });
        expect(String(error)).toContain("trustedOrigins");
      }
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect(calls()).toEqual([]);
    expect((await send({ cookie }, (it) => it.find())).result).toMatchObject({ id: 1 });
  });

  it("reads as ever with GET, unless it opens a WebSocket (D7)", async () => {
    const { send, cookie } = await site();
    const read = (headers: Record<string, string>) =>
      send({ cookie, ...headers }, (it) => it.find(), "GET").then((it) => it.result);
    expect(await read(EVIL)).toMatchObject({ id: 1 });
    expect(await read({ ...EVIL, upgrade: "websocket" })).toBeUndefined();
    expect(await read({ origin: ORIGIN, upgrade: "websocket" })).toMatchObject({ id: 1 });
  });

  it("has a session where its origin is trusted, or all are (D7)", async () => {
    for (const options of [
      { trustedOrigins: ["https://attacker.example"] },
      { crossOrigin: "allow" },
    ] as const) {
      const { send, cookie } = await site(options);
      expect((await send({ ...EVIL, cookie }, (it) => it.find())).result).toMatchObject({ id: 1 });
      expect((await send(EVIL, (it) => it.insert({ id: 3 }))).result).toEqual({ id: 3 });
    }
  });
});
