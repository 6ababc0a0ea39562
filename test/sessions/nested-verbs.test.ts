import { describe, expect, it } from "vitest";
import { cookieKey, defineSession, type SessionEvent } from "zession";
import { z } from "zod";
import { signal } from "../signal.ts";
import { ORIGIN, tokenOf } from "./browser.ts";

type Cart = { count: number; note?: string | undefined };

function site() {
  const events: SessionEvent[] = [];
  const carts = defineSession({
    key: z.string(),
    value: z.object({ count: z.number(), note: z.string().optional() }),
    keyFn: cookieKey(),
    onEvent: (event) => events.push(event),
  });
  const open = async (token?: string) => {
    const cookie = token === undefined ? "" : `__Host-session=${token}`;
    const request = new Request(ORIGIN, { headers: { cookie } });
    const session = await carts.fromRequest(request);
    const cookies = () => carts.finalize(new Response(), request).headers.getSetCookie();
    return { session, cookies };
  };
  const start = async () => {
    const { session, cookies } = await open();
    await session.insert({ count: 1 });
    return tokenOf(cookies()[0]);
  };
  const created = () => events.filter((it) => it.type === "created").length;
  return { open, start, created };
}

type Session = Awaited<ReturnType<ReturnType<typeof site>["open"]>>["session"];

const verbs: [name: string, call: (session: Session) => Promise<unknown>][] = [
  ["insert", (it) => it.insert({ count: 5 })],
  ["swap", (it) => it.swap({ count: 5 })],
  ["upsert", (it) => it.upsert({ count: 5 }, (value) => value)],
  ["update", (it) => it.update((value) => value)],
  ["take", (it) => it.take("note")],
  ["touch", (it) => it.touch()],
  ["remove", (it) => it.remove()],
  ["rotate", (it) => it.rotate()],
  ["rotate with a value", (it) => it.rotate({ count: 5 }, (value) => value)],
];

/** Ways to call a verb inside a function that makes a value. */
const functions: [
  name: string,
  make: (call: () => Promise<unknown>) => () => Cart | Promise<Cart>,
][] = [
  [
    "a plain function",
    (call) => () => {
      call();
      return { count: 2 };
    },
  ],
  [
    "an async function",
    (call) => async () => {
      await call();
      return { count: 2 };
    },
  ],
  [
    "an async function, behind an await",
    (call) => async () => {
      await new Promise(setImmediate);
      await call();
      return { count: 2 };
    },
  ],
];

describe.each(functions)("%s", (_, make) => {
  describe.each(verbs)("that calls %s of its own session", (_, call) => {
    it("is told so, and starts one session (D14)", async () => {
      const { created, open } = site();
      const { session, cookies } = await open();
      const codes: unknown[] = [];
      const initial = make(() => call(session).catch((error) => codes.push(error.code)));
      expect(await session.upsert(initial, (value) => value)).toEqual({ count: 2 });
      await new Promise(setImmediate);
      expect(codes).toEqual(["ERR_SESSION_USAGE"]);
      expect(created()).toBe(1);
      expect(cookies()).toHaveLength(1);
    });

    it("is told so, and the update is all that happens (D14)", async () => {
      const { open, start } = site();
      const token = await start();
      const { session, cookies } = await open(token);
      const codes: unknown[] = [];
      const update = make(() => call(session).catch((error) => codes.push(error.code)));
      expect(await session.update(update)).toEqual({ count: 2 });
      await new Promise(setImmediate);
      expect(codes).toEqual(["ERR_SESSION_USAGE"]);
      expect(cookies()).toEqual([]);
      expect(await (await open(token)).session.find()).toEqual({ count: 2 });
    });
  });
});

it("what an update has left running may use the session once the update is over", async () => {
  const { session } = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a" });
  const [one, other] = [session("one"), session("other")];
  const over = signal();
  let later: Promise<number> | undefined;
  await one.upsert(
    async () => {
      later = over.sent.then(() => one.upsert(1, (n) => n + 1));
      return 1;
    },
    (n) => n,
  );
  // While any asynchronous function runs, the runtime is asked which one a verb is called from.
  await other.upsert(
    async () => {
      over.send();
      expect(await later).toBe(2);
      return 1;
    },
    (n) => n,
  );
});
