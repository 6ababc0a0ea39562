import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  ConfigurationError,
  CrossOriginError,
  cookieKey,
  type Driver,
  defineSession,
  type InferSession,
  InvalidValueError,
  memoryDriver,
  SessionEndedError,
  UnavailableError,
  UsageError,
} from "zession";
import { states } from "zession/states";
import { faultyDriver } from "zession/testing";
import { z } from "zod";
import { late } from "../late.ts";
import { Browser, ORIGIN } from "./browser.ts";
import { drivers } from "./drivers.ts";

const Visitor = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("guest"), cart: z.array(z.string()) }),
  z.object({ kind: z.literal("pending"), cart: z.array(z.string()), challenge: z.string() }),
  z.object({ kind: z.literal("user"), cart: z.array(z.string()), id: z.string() }),
]);

function define(driver: Driver) {
  const visitors = defineSession({ name: "visitors", value: Visitor, keyFn: cookieKey(), driver });
  const visitor = states(visitors, "kind", {
    guest: ["pending"],
    pending: ["user", "guest"],
    user: ["guest"],
  });
  /** Runs a function on the session of a request with the browser's cookies. */
  const visit = async <Result>(
    browser: Browser,
    run: (session: InferSession<typeof visitors>) => Promise<Result>,
  ): Promise<Result> => {
    let result: Result | undefined;
    const response = await visitors.wrap(async (request) => {
      result = await run(request.visitors);
      return new Response();
    })(browser.request());
    for (const cookie of response.headers.getSetCookie())
      await browser.jar.setCookie(cookie, ORIGIN);
    return result as Result;
  };
  /** A browser whose session waits for an answer to the challenge. */
  const pending = async (): Promise<Browser> => {
    const browser = new Browser(() => new Response());
    await visit(browser, (it) => it.insert({ kind: "pending", cart: ["tea"], challenge: "c" }));
    return browser;
  };
  return { pending, visit, visitor, visitors };
}

describe.each(drivers)("states, by cookie – %s", (_, make) => {
  it("returns a session narrowed if it is in the state, and undefined if it is in another or in none", async () => {
    const { pending, visit, visitor } = define(make());
    const browser = await pending();
    await visit(browser, async (session) => {
      const found = await visitor.when(session, "pending");
      expect(found?.state).toBe("pending");
      expect(found?.current).toEqual({ kind: "pending", cart: ["tea"], challenge: "c" });
      expect((await visitor.when(session, "guest", "pending"))?.state).toBe("pending");
      expect(await visitor.when(session, "guest", "user")).toBeUndefined();
    });
    await visit(new Browser(() => new Response()), async (session) => {
      expect(await visitor.when(session, "guest")).toBeUndefined();
    });
    expect(await visitor.when(undefined, "guest")).toBeUndefined();
  });

  it("moves to a state under a new key, so that the old one opens nothing (S13)", async () => {
    const { pending, visit, visitor } = define(make());
    const browser = await pending();
    const old = browser.cookie;
    const moved = await visit(browser, async (session) => {
      const found = await visitor.when(session, "pending");
      return found?.move("user", ({ cart }) => ({ cart, id: "7" }), { restart: true });
    });
    expect(moved).toEqual({ kind: "user", cart: ["tea"], id: "7" });
    expect(browser.cookie).not.toBe(old);
    const thief = new Browser(() => new Response());
    await thief.jar.setCookie(`${old}; Secure; Path=/`, ORIGIN);
    expect(await visit(thief, (session) => session.find())).toBeUndefined();
    const current = await visit(browser, (session) => session.find());
    expect(current).toEqual({ kind: "user", cart: ["tea"], id: "7" });
  });

  it("keeps the key where a move gives no right, and where it stays", async () => {
    const { pending, visit, visitor } = define(make());
    const browser = await pending();
    const { cookie } = browser;
    await visit(browser, async (session) => {
      const found = await visitor.when(session, "pending");
      const stayed = await found?.stay((it) => void it.cart.push("milk"));
      expect(stayed).toEqual({ kind: "pending", cart: ["tea", "milk"], challenge: "c" });
      const moved = await found?.move("guest", async ({ cart }) => ({ cart }), { rotate: false });
      expect(moved).toEqual({ kind: "guest", cart: ["tea", "milk"] });
    });
    expect(browser.cookie).toBe(cookie);
  });

  it("changes nothing once the session has left the state", async () => {
    const { pending, visit, visitor } = define(make());
    const browser = await pending();
    await visit(browser, async (session) => {
      const found = await visitor.when(session, "pending");
      const user = await found?.move("user", ({ cart }) => ({ cart, id: "7" }));
      let calls = 0;
      const next = <Fields>(fields: Fields) => {
        calls++;
        return fields;
      };
      expect(await found?.move("user", () => next({ cart: [], id: "8" }))).toBeUndefined();
      expect(
        await found?.move("guest", () => next({ cart: [] }), { rotate: false }),
      ).toBeUndefined();
      expect(await found?.stay((it) => next(it))).toBeUndefined();
      expect(calls).toBe(0);
      expect(await session.find()).toEqual(user);
    });
  });

  it.each([true, false])(
    "lets one of many requests at once move, and none act on a state that was left (rotate: %s) (S5)",
    async (rotate) => {
      const { pending, visit, visitor } = define(late(make()));
      const browser = await pending();
      const { cookie } = browser;
      const moves = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const tab = new Browser(() => new Response());
          await tab.jar.setCookie(`${cookie}; Secure; Path=/`, ORIGIN);
          return visit(tab, async (session) => {
            const found = await visitor.when(session, "pending");
            return found?.move("user", ({ cart }) => ({ cart, id: `${index}` }), { rotate });
          });
        }),
      );
      expect(moves.filter((it) => it !== undefined)).toHaveLength(1);
    },
  );

  it("begins nothing in the place of a session that this request has ended", async () => {
    const { pending, visit, visitor } = define(make());
    await visit(await pending(), async (session) => {
      const found = await visitor.when(session, "pending");
      await session.remove();
      expect(await found?.move("user", ({ cart }) => ({ cart, id: "7" }))).toBeUndefined();
      expect(await found?.stay((it) => it)).toBeUndefined();
      await expect(session.insert({ kind: "guest", cart: [] })).rejects.toThrow(SessionEndedError);
    });
  });

  it("moves the session of a key, outside of requests, under the same key", async () => {
    const { pending, visit, visitor, visitors } = define(make());
    const browser = await pending();
    const key = await visit(browser, async (session) => {
      await session.find();
      return session.key as string;
    });
    const found = await visitor.when(visitors.session(key), "pending");
    const moved = await found?.move("guest", ({ cart }) => ({ cart }));
    expect(moved).toEqual({ kind: "guest", cart: ["tea"] });
    expect(await visit(browser, (session) => session.find())).toEqual(moved);
  });
});

describe("states", () => {
  /** The session of a key, in a state. */
  async function open(value: z.infer<typeof Visitor> = { kind: "user", cart: [], id: "7" }) {
    const driver = faultyDriver(memoryDriver());
    const visitors = defineSession({
      key: z.string(),
      value: Visitor,
      keyFn: () => "a",
      driver,
    });
    const visitor = states(visitors, "kind", { guest: [], pending: [], user: ["guest", "user"] });
    const session = visitors.session("a");
    await session.insert(value);
    driver.calls.length = 0;
    return { driver, session, visitor, visitors };
  }

  it("writes nothing for a move that comes too late", async () => {
    const { driver, session, visitor } = await open();
    const user = await visitor.when(session, "user");
    await session.insert({ kind: "guest", cart: [] });
    driver.calls.length = 0;
    expect(await user?.move("guest", ({ cart }) => ({ cart }))).toBeUndefined();
    expect(driver.calls.map((it) => it.method)).toEqual(["read"]);
  });

  it("decides anew when another write wins between the read and the write", async () => {
    const { driver, session, visitor, visitors } = await open();
    const user = await visitor.when(session, "user");
    const other = visitors.session("a");
    const leave = { meanwhile: () => other.insert({ kind: "guest", cart: ["late"] }) };
    driver.inject(leave, { on: "read", times: 1 });
    expect(await user?.stay((it) => void it.cart.push("tea"))).toBeUndefined();
    expect(await session.find()).toEqual({ kind: "guest", cart: ["late"] });
  });

  it("works on the value as it is now, and not as it was when the state was checked", async () => {
    const { session, visitor } = await open();
    const user = await visitor.when(session, "user");
    await session.insert({ kind: "user", cart: ["new"], id: "7" });
    expect(user?.current.cart).toEqual([]);
    expect(await user?.move("guest", ({ cart }) => ({ cart }))).toEqual({
      kind: "guest",
      cart: ["new"],
    });
  });

  it("refuses a change of state that no types have refused", async () => {
    const { session, visitor } = await open();
    const user = await visitor.when(session, "user");
    const guest = { kind: "guest", cart: [] };
    const stays: ((it: { kind: string }) => unknown)[] = [
      () => guest,
      async () => guest,
      (it) => {
        it.kind = "guest";
      },
    ];
    for (const stay of stays) {
      await expect(user?.stay(stay as never)).rejects.toThrow(UsageError);
      await expect(user?.stay(stay as never)).rejects.toThrow(/use "move"/);
    }
    const move = user?.move as (to: string, next: () => object) => Promise<unknown>;
    for (const to of ["pending", "usr", "toString"]) {
      const moving = move.call(user, to, () => ({ cart: [] }));
      await expect(moving).rejects.toThrow(`No move from "user" to "${to}" is declared.`);
    }
    expect(await session.find()).toEqual({ kind: "user", cart: [], id: "7" });
  });

  it("passes on what the function throws, what the schema refuses, and a driver that fails", async () => {
    const { driver, session, visitor } = await open();
    const user = await visitor.when(session, "user");
    const thrown = new Error("mine");
    const failing = user?.move("guest", () => {
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    const wrong = user?.move("guest", () => ({ cart: 1 }) as never);
    await expect(wrong).rejects.toThrow(InvalidValueError);
    driver.inject("error");
    await expect(user?.stay((it) => it)).rejects.toThrow(UnavailableError);
    driver.heal();
    expect(await session.find()).toEqual({ kind: "user", cart: [], id: "7" });
  });

  it("refuses a move whose function returns no fields, and so would lose them", async () => {
    const { session, visitor } = await open();
    const user = await visitor.when(session, "user");
    for (const next of [() => undefined, () => null, async () => 1, (it: object) => void it]) {
      await expect(user?.move("guest", next as never)).rejects.toThrow(UsageError);
    }
    expect(await session.find()).toEqual({ kind: "user", cart: [], id: "7" });
  });

  it("passes on that another session has ended, which is not this one", async () => {
    const { session, visitor } = await open();
    const other = defineSession({ value: z.number(), keyFn: cookieKey() });
    await other.wrap(async (request) => {
      await request.session.insert(1);
      await request.session.remove();
      const user = await visitor.when(session, "user");
      const ending = user?.stay(async () => void (await request.session.insert(2)));
      await expect(ending).rejects.toThrow(SessionEndedError);
    })(new Request(ORIGIN));
  });

  it("refuses a verb of the same session in an asynchronous function, which would wait for itself", async () => {
    const { session, visitor } = await open();
    const user = await visitor.when(session, "user");
    const nested = user?.stay(async () => {
      await Promise.resolve();
      await session.find();
      await session.touch();
    });
    await expect(nested).rejects.toThrow(UsageError);
  });

  it("shows state and session in a log, and no value (S11)", async () => {
    const { session, visitor } = await open({ kind: "pending", cart: [], challenge: "swordfish" });
    const found = await visitor.when(session, "pending");
    expect(found?.current.challenge).toBe("swordfish");
    const text = inspect(found, { depth: 10, showHidden: true });
    expect(text).toBe(`StateSession ${JSON.stringify(found)}`);
    expect(JSON.parse(JSON.stringify(found))).toEqual({
      state: "pending",
      session: JSON.parse(JSON.stringify(session)),
    });
    expect(text).not.toContain("swordfish");
  });

  it("keeps privileged fields, which only a move to a new key writes", async () => {
    const strict = defineSession({ value: Visitor, keyFn: cookieKey(), privileged: ["id"] });
    const moves = { guest: ["user"], pending: [], user: ["user"] } as const;
    const visitor = states(strict, "kind", moves);
    await strict.wrap(async ({ session }) => {
      await session.insert({ kind: "guest", cart: [] });
      const guest = await visitor.when(session, "guest");
      const next = ({ cart }: { cart: string[] }) => ({ cart, id: "7" });
      await expect(guest?.move("user", next, { rotate: false })).rejects.toThrow(UsageError);
      const before = session.key as string;
      const outside = await visitor.when(strict.session(before), "guest");
      await expect(outside?.move("user", next)).rejects.toThrow(UsageError);
      expect(await guest?.move("user", next)).toEqual({ kind: "user", cart: [], id: "7" });
      expect(session.key).not.toBe(before);
      const user = await visitor.when(session, "user");
      expect(await user?.stay((it) => void it.cart.push("tea"))).toEqual(await session.find());
      const write = (it: object) => void Object.assign(it, { id: "8" });
      await expect(user?.stay(write)).rejects.toThrow('"id" is privileged');
      expect(await session.find()).toEqual({ kind: "user", cart: ["tea"], id: "7" });
      return new Response();
    })(new Request(ORIGIN));
  });

  it("has no session in a request of another origin, and is not one to write", async () => {
    const { visitor, visitors } = define(memoryDriver());
    const headers = { "sec-fetch-site": "cross-site" };
    const request = new Request(ORIGIN, { method: "POST", headers });
    await visitors.wrap(async ({ visitors: session }) => {
      expect(await visitor.when(session, "guest")).toBeUndefined();
      await expect(session.insert({ kind: "guest", cart: [] })).rejects.toThrow(CrossOriginError);
    })(request);
  });

  it("refuses what defineSession did not return", () => {
    for (const wrong of [undefined, {}, Visitor]) {
      const declare = () => states(wrong as never, "kind" as never, {} as never);
      expect(declare).toThrow("states takes what defineSession returns.");
    }
  });

  it("refuses a move to a state whose moves are not declared", async () => {
    const { visitors } = await open();
    const moves = { guest: ["usr"], pending: [], user: [] };
    const declare = () => states(visitors, "kind", moves as never);
    expect(declare).toThrow(ConfigurationError);
    expect(declare).toThrow('A move leads to "usr", but no moves of "usr" are declared.');
  });
});
