import { parseCookie } from "cookie";
import { CookieJar as Browser } from "tough-cookie";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CookieJar,
  type CookieSession,
  cookieKey,
  defineSession,
  memoryDriver,
  UnavailableError,
  UsageError,
} from "zession";
import { fakeClock, faultyDriver } from "zession/testing";
import { z } from "zod";
import { type Exchange, frameworkJars } from "./framework-jars.ts";

const ORIGIN = "https://shop.example";
const SECRETS = ["a secret of 32 bytes or more, in tests only"];
const value = z.object({ count: z.number(), user: z.string().optional() });
type Cart = z.infer<typeof value>;
type CartSession = CookieSession<string, Cart>;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function site(options: { lifetime?: { idle: "1h" } | { absolute: "1h" } } = {}) {
  const clock = fakeClock();
  const driver = faultyDriver(memoryDriver());
  const carts = defineSession({
    value,
    keyFn: cookieKey({ secrets: SECRETS }),
    driver,
    clock,
    ...options,
  });
  const browser = new Browser(undefined, { prefixSecurity: "strict" });
  /** How many sessions there are. */
  const records = async () => {
    const found = await Promise.all(
      [...new Set(driver.calls.map((it) => it.key))].map((key) =>
        carts.store.find(key.slice("session:".length)),
      ),
    );
    return found.filter((it) => it !== undefined).length;
  };
  /** One request of the browser, with a session opened by a jar. */
  const visit = async <Result>(
    make: (header: string) => Exchange,
    run: (session: CartSession, exchange: Exchange) => Promise<Result>,
  ): Promise<Result> => {
    const exchange = make(browser.getCookieStringSync(ORIGIN));
    try {
      return await run(carts.open(exchange.jar), exchange);
    } finally {
      for (const line of exchange.lines) browser.setCookieSync(line, ORIGIN);
    }
  };
  return { browser, carts, clock, driver, records, visit };
}

const count = (session: CartSession) =>
  session.upsert({ count: 1 }, (it) => void it.count++).then((it) => it.count);

describe.each(Object.entries(frameworkJars))("a cookie jar as strict as that of %s", (_, make) => {
  it("keeps a session from request to request", async () => {
    const { visit } = site();
    expect(await visit(make, (it) => it.find())).toBeUndefined();
    expect(await visit(make, count)).toBe(1);
    expect(await visit(make, count)).toBe(2);
    expect(await visit(make, (it) => it.find())).toEqual({ count: 2 });
  });

  it("sets the cookie at the moment when a verb has succeeded, with the attributes of the definition", async () => {
    const { visit } = site({ lifetime: { absolute: "1h" } });
    await visit(make, async (session, exchange) => {
      expect(exchange.lines).toEqual([]);
      await session.insert({ count: 1 });
      expect(exchange.lines).toHaveLength(1);
      expect(exchange.lines[0]?.replace(/ Expires=[^;]*;/, "")).toMatch(
        /^__Host-session=[\w-]{43}\.[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
    });
    await visit(make, async (session, exchange) => {
      await session.find();
      await session.insert({ count: 2 });
      expect(exchange.lines).toEqual([]);
    });
  });

  it("signs in under another key, and signs out", async () => {
    const { browser, records, visit } = site();
    await visit(make, count);
    const stolen = browser.getCookieStringSync(ORIGIN);
    await visit(make, (it) =>
      it.rotate({ count: 0, user: "ann" }, (cart) => ({ ...cart, user: "ann" })),
    );
    expect(await visit(make, (it) => it.find())).toEqual({ count: 1, user: "ann" });
    expect(browser.getCookieStringSync(ORIGIN)).not.toBe(stolen);
    expect(await site().carts.open(make(stolen).jar).find()).toBeUndefined();

    expect(await visit(make, (it) => it.remove())).toBe(true);
    expect(browser.getCookieStringSync(ORIGIN)).toBe("");
    expect(await records()).toBe(0);
  });

  it("renews the cookie of a session that ends by idleness alone", async () => {
    const { clock, visit } = site({ lifetime: { idle: "1h" } });
    await visit(make, count);
    const sent: number[] = [];
    for (let visits = 1; visits <= 8; visits++) {
      clock.advance(50 * 60_000);
      sent.push(
        await visit(make, async (session, exchange) => {
          expect(await session.find()).toEqual({ count: 1 });
          return exchange.lines.length;
        }),
      );
    }
    expect(sent).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it("takes several changes in one request: the browser keeps the last", async () => {
    const { browser, records, visit } = site();
    await visit(make, async (session) => {
      await session.insert({ count: 1 });
      await session.rotate();
      await session.rotate({ count: 0 }, (cart) => ({ ...cart, user: "ann" }));
    });
    expect(await visit(make, (it) => it.find())).toEqual({ count: 1, user: "ann" });
    await visit(make, async (session) => {
      await session.remove();
      await session.rotate({ count: 7 }, (cart) => cart);
    });
    expect(await visit(make, (it) => it.find())).toEqual({ count: 7 });
    await visit(make, async (session) => {
      await session.rotate();
      await session.remove();
    });
    expect(browser.getCookieStringSync(ORIGIN)).toBe("");
    expect(await records()).toBe(0);
  });

  it("opens the same session twice in a request: a page and its layout", async () => {
    const { carts, visit } = site();
    await visit(make, count);
    await visit(make, async (session, { jar }) => {
      const other = carts.open(jar);
      expect(await Promise.all([count(session), count(other)])).toHaveLength(2);
      expect(await other.find()).toEqual({ count: 3 });
    });
  });

  it("refuses a value that was made up, and overwrites it by the next write", async () => {
    const { carts, visit } = site();
    for (const text of ["", "a b", "%", `${"A".repeat(43)}.${"A".repeat(43)}`]) {
      const header = `__Host-session=${encodeURIComponent(text)}`;
      expect(await carts.open(make(header).jar).find()).toBeUndefined();
      expect(await visit(() => make(header), count)).toBe(1);
      expect(await visit(make, (it) => it.find())).toEqual({ count: 1 });
    }
  });
});

const { SvelteKit: make } = frameworkJars as Record<"SvelteKit", (header: string) => Exchange>;

/** A jar that can be read only: without `set`. */
const readOnly = (header: string): Exchange => ({
  jar: { get: (name) => parseCookie(header)[name] },
  lines: [],
});

/** Next.js's in a Server Component: there is a `set`, and it throws. */
const throwing = (header: string): Exchange => {
  const set = () => {
    throw Object.assign(new Error("Cookies can only be modified in a Server Action"), {
      name: "ReadonlyRequestCookiesError",
    });
  };
  return { jar: { get: (name) => parseCookie(header)[name], set }, lines: [] };
};

describe("a cookie jar without `set`", () => {
  it("reads, and writes what needs no cookie", async () => {
    const { visit } = site();
    await visit(make, count);
    expect(await visit(readOnly, (it) => it.find())).toEqual({ count: 1 });
    expect(await visit(readOnly, count)).toBe(2);
    expect(await visit(readOnly, (it) => it.update((cart) => void cart.count++))).toEqual({
      count: 3,
    });
  });

  it("refuses to start or to rotate a session, says why, and stores nothing", async () => {
    const { records, visit } = site();
    const writes: ((it: CartSession) => Promise<unknown>)[] = [
      (it) => it.insert({ count: 1 }),
      count,
      (it) => it.rotate({ count: 1 }, (cart) => cart),
    ];
    for (const write of writes) {
      const error: UsageError = await visit(readOnly, write).then(
        () => expect.fail("it was written"),
        (it) => it,
      );
      expect(error).toBeInstanceOf(UsageError);
      expect(error.message).toMatch(/read-only.*"set".*server action.*Nothing was stored/);
    }
    expect(await records()).toBe(0);
    await visit(make, count);
    await expect(visit(readOnly, (it) => it.rotate())).rejects.toThrow(/read-only/);
    expect(await visit(make, (it) => it.find())).toEqual({ count: 1 });
  });

  it("signs out: the session ends, and the cookie that stays opens nothing", async () => {
    const { browser, records, visit } = site();
    await visit(make, count);
    expect(await visit(readOnly, (it) => it.remove())).toBe(true);
    expect(await records()).toBe(0);
    expect(browser.getCookieStringSync(ORIGIN)).not.toBe("");
    expect(await visit(make, (it) => it.find())).toBeUndefined();
  });

  it("leaves the idle clock alone, so that a renewal of the cookie is not missed", async () => {
    const { clock, visit } = site({ lifetime: { idle: "1h" } });
    await visit(make, count);
    for (let visits = 0; visits < 4; visits++) {
      clock.advance(55 * 60_000);
      expect(await visit(make, (it) => it.find())).toEqual({ count: 1 });
    }
    clock.advance(55 * 60_000);
    expect(await visit(readOnly, (it) => it.find())).toEqual({ count: 1 });
    const lines = await visit(make, async (session, exchange) => {
      await session.find();
      return exchange.lines;
    });
    expect(lines).toHaveLength(1);
    clock.advance(59 * 60_000);
    expect(await visit(readOnly, (it) => it.find())).toEqual({ count: 1 });
    clock.advance(60_000);
    expect(await visit(readOnly, (it) => it.find())).toBeUndefined();
  });

  it("warns of nothing", async () => {
    vi.useFakeTimers();
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { visit } = site();
    await visit(make, count);
    await visit(readOnly, (it) => it.find());
    await visit(readOnly, (it) => it.remove());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(warn).not.toHaveBeenCalled();
  });
});

/** One whose `set` takes time. */
const rejecting = (header: string): Exchange => {
  const { jar } = throwing(header);
  return { jar: { get: jar.get, set: async (...args) => jar.set?.(...args) }, lines: [] };
};

it("waits for a `set` that takes time", async () => {
  const { browser, visit } = site();
  const slow = (header: string): Exchange => {
    const exchange = make(header);
    const { jar } = exchange;
    const set: CookieJar["set"] = async (...args) => {
      await new Promise(setImmediate);
      jar.set?.(...args);
    };
    return {
      jar: { get: jar.get, set },
      get lines() {
        return exchange.lines;
      },
    };
  };
  await visit(slow, async (session, exchange) => {
    expect(await count(session)).toBe(1);
    expect(exchange.lines).toHaveLength(1);
  });
  expect(await visit(slow, count)).toBe(2);
  await visit(slow, async (session) => {
    await session.rotate();
  });
  expect(await visit(slow, count)).toBe(3);
  expect(browser.getCookiesSync(ORIGIN)).toHaveLength(1);
});

describe.each([
  ["throws", throwing],
  ["returns a promise that rejects", rejecting],
])("a cookie jar whose `set` %s", (_, throwing) => {
  it("makes a write that needs a cookie reject, and leaves no session that nobody could open", async () => {
    const { records, visit } = site();
    const error = await visit(throwing, count).catch((it) => it);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/cookie .* could not be set.*the session was ended.*Next\.js/);
    expect(error.message).toContain("Await every write before you respond");
    expect(error.cause).toMatchObject({ name: "ReadonlyRequestCookiesError" });
    expect(await records()).toBe(0);
    await visit(throwing, async (session) => {
      await expect(count(session)).rejects.toBeInstanceOf(UsageError);
      expect(session.key).toBeUndefined();
      expect(await session.find()).toBeUndefined();
    });
  });

  it("ends a session that has moved to a key that its client was not told", async () => {
    const { records, visit } = site();
    await visit(make, count);
    const rotating = visit(throwing, (it) => it.rotate({ count: 1 }, (cart) => cart));
    await expect(rotating).rejects.toBeInstanceOf(UsageError);
    expect(await visit(make, (it) => it.find())).toBeUndefined();
    expect(await records()).toBe(0);
  });

  it("says the same where the driver fails at that moment too", async () => {
    const driver = faultyDriver(memoryDriver());
    const carts = defineSession({ value, keyFn: cookieKey(), driver });
    const { jar } = throwing("");
    const refusing: CookieJar = {
      get: jar.get,
      set: (...args) => {
        driver.inject("error");
        return jar.set?.(...args);
      },
    };
    const error = await count(carts.open(refusing)).catch((it) => it);
    expect(error).not.toBeInstanceOf(UnavailableError);
    expect(error).toBeInstanceOf(UsageError);
  });

  it("hinders no read, no renewal and no removal", async () => {
    const { clock, records, visit } = site({ lifetime: { idle: "1h" } });
    await visit(make, count);
    for (let visits = 0; visits < 6; visits++) {
      clock.advance(50 * 60_000);
      expect(await visit(throwing, (it) => it.find())).toEqual({ count: 1 });
    }
    expect(await visit(throwing, count)).toBe(2);
    expect(await visit(throwing, (it) => it.remove())).toBe(true);
    expect(await records()).toBe(0);
  });
});

describe.each(["SvelteKit", "Astro"])("a cookie jar of %s whose response has left", (name) => {
  const late = frameworkJars[name] as (header: string) => Exchange;

  it("writes what needs no cookie, and leaves no session that nobody could open", async () => {
    const { records, visit } = site();
    await visit(late, async (session, { leave }) => {
      leave?.();
      await expect(count(session)).rejects.toThrow(/could not be set.*session was ended/);
    });
    expect(await records()).toBe(0);
    await visit(late, count);
    await visit(late, async (session, { leave }) => {
      leave?.();
      expect(await count(session)).toBe(2);
    });
    expect(await visit(late, (it) => it.find())).toEqual({ count: 2 });
  });
});

describe("open", () => {
  const { carts } = site();

  it("refuses what is no jar, with the likely reason", () => {
    for (const wrong of [undefined, null, {}, Promise.resolve({ get() {} })]) {
      const open = () => carts.open(wrong as unknown as CookieJar);
      expect(open).toThrow(UsageError);
      expect(open).toThrow("open(await cookies())");
    }
  });

  it("refuses a jar that answers with a promise: nobody is taken for anonymous by mistake", async () => {
    const session = carts.open({ get: (async () => "a") as never });
    await expect(session.find()).rejects.toThrow(/no promise/);
  });

  it("refuses a jar that answers with something else: nobody is taken for anonymous by mistake", async () => {
    for (const wrong of [["a"], [], {}, { name: "a" }, 5, true, { value: null }]) {
      const session = carts.open({ get: () => wrong as never });
      await expect(session.find()).rejects.toThrow(/must return a text, \{ value: text \}/);
    }
    // Elysia has an object for every cookie, also where none came.
    const none = carts.open({ get: () => ({ value: undefined }) as never });
    expect(await none.find()).toBeUndefined();
  });

  it("is read-only where `set` is no function", async () => {
    const session = carts.open({ get: () => undefined, set: null as never });
    await expect(count(session)).rejects.toThrow(/read-only/);
  });

  it("refuses a definition whose sessions are not kept by cookie", () => {
    const visits = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a" });
    const open = visits.open as unknown as (jar: CookieJar) => unknown;
    expect(() => open({ get: () => "" })).toThrow("keyFn: cookieKey()");
  });

  it("asks the jar for nothing before a verb is used", async () => {
    const get = vi.fn();
    const session = carts.open({ get });
    expect(get).not.toHaveBeenCalled();
    await session.find();
    await session.find();
    expect(get).toHaveBeenCalledExactlyOnceWith("__Host-session");
  });
});
