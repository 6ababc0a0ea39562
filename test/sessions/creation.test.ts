import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { type CookieSession, cookieKey, type Driver, defineSession, UsageError } from "zession";
import { type FaultyDriver, faultyDriver } from "zession/testing";
import { z } from "zod";
import { Browser, ORIGIN, tokenOf } from "./browser.ts";
import { drivers } from "./drivers.ts";

describe.each(drivers)("starting a session by cookie – %s", (_, make) => {
  /** A site whose paths are the verbs, and everything it asks of its driver. */
  function site() {
    const driver = faultyDriver(make());
    const visits = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: cookieKey(),
      driver,
    });
    const fetch = visits.wrap(async (request) => {
      const { session } = request;
      switch (new URL(request.url).pathname) {
        case "/find":
          return new Response(`${await session.find()}`);
        case "/upsert":
          return new Response(`${await session.upsert(1, (n) => n + 1)}`);
        case "/twice":
          await session.insert(10);
          return new Response(`${await session.upsert(1, (n) => n + 1)}`);
        case "/same":
          return new Response(`${await session.update((n) => n)}`);
        case "/remove":
          return new Response(`${await session.remove()}`);
        case "/touch":
          return new Response(`${await session.touch()}`);
        default:
          return new Response("untouched");
      }
    });
    return { visits, driver, fetch, browser: () => new Browser(fetch) };
  }

  /** Returns the live records, as far as the site has ever named their keys. */
  async function records(driver: FaultyDriver): Promise<string[]> {
    const keys = new Set(driver.calls.map((it) => it.key));
    const texts = await Promise.all([...keys].map(async (key) => (await driver.read(key))?.text));
    return texts.filter((it) => it !== undefined);
  }

  it("a request that never touches its session makes no driver call and sends no cookie (S6, B4)", async () => {
    const { browser, driver } = site();
    const it = browser();
    const response = await it.send("/untouched");
    expect([...response.headers.keys()]).toEqual(["content-type"]);
    await it.send("/upsert");
    driver.calls.length = 0;
    expect((await it.send("/untouched")).headers.getSetCookie()).toEqual([]);
    expect(driver.calls).toEqual([]);
  });

  it.each(["/find", "/remove", "/touch", "/same"])(
    "a visitor without a cookie causes no driver call and gets none by %s (S6, B1)",
    async (path) => {
      const { browser, driver } = site();
      const response = await browser().send(path);
      expect(await response.text()).toBe(
        path === "/find" || path === "/same" ? "undefined" : "false",
      );
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(driver.calls).toEqual([]);
    },
  );

  it("the first write makes one record, with one driver call, and one cookie (B2)", async () => {
    const { browser, driver } = site();
    const response = await browser().send("/upsert");
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(driver.calls).toMatchObject([{ method: "write" }]);
    expect(await records(driver)).toHaveLength(1);
  });

  it("the next request reads what was written, with one driver call, and gets no cookie (B3, B5, S38)", async () => {
    const { browser, driver } = site();
    const it = browser();
    expect(await it.text("/upsert")).toBe("1");
    driver.calls.length = 0;
    const response = await it.send("/find");
    expect(await response.text()).toBe("1");
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(driver.calls).toMatchObject([{ method: "read" }]);
    expect(await it.text("/upsert")).toBe("2");
  });

  it("two clients get different sessions (B6)", async () => {
    const { browser, visits } = site();
    const [one, two] = [browser(), browser()];
    await Promise.all([one.send("/upsert"), two.send("/upsert")]);
    await one.send("/upsert");
    expect([await one.text("/find"), await two.text("/find")]).toEqual(["2", "1"]);
    expect(tokenOf(one.cookie)).not.toBe(tokenOf(two.cookie));
    await visits.close();
  });

  it("two writes in one request are both seen by the next, with one cookie (B7, S48)", async () => {
    const { browser } = site();
    const it = browser();
    const response = await it.send("/twice");
    expect(await response.text()).toBe("11");
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(await it.text("/find")).toBe("11");
  });

  it("a value equal to the stored one is not written (B8)", async () => {
    const { browser, driver } = site();
    const it = browser();
    await it.send("/upsert");
    driver.calls.length = 0;
    expect(await it.text("/same")).toBe("1");
    expect(driver.calls).toMatchObject([{ method: "read" }]);
  });

  it("first writes at once in one request start one session (B24)", async () => {
    const { visits, driver } = site();
    const request = new Request(ORIGIN);
    const session = await visits.fromRequest(request);
    const counts = await Promise.all(
      Array.from({ length: 20 }, () => session.upsert(1, async (n) => n + 1)),
    );
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await records(driver)).toHaveLength(1);
    const response = visits.finalize(new Response(), request);
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  it("first requests at once without a cookie each get a usable session of their own (B27)", async () => {
    const { browser } = site();
    const browsers = Array.from({ length: 10 }, browser);
    expect(await Promise.all(browsers.map((it) => it.text("/upsert")))).toEqual(
      browsers.map(() => "1"),
    );
    expect(await Promise.all(browsers.map((it) => it.text("/upsert")))).toEqual(
      browsers.map(() => "2"),
    );
  });

  it("a token that was never issued is not adopted: the first write goes under another (S3, B11)", async () => {
    const { fetch, driver, visits } = site();
    const made = "A".repeat(43);
    const cookie = `__Host-session=${made}`;
    const response = await fetch(new Request(`${ORIGIN}/upsert`, { headers: { cookie } }));
    expect(await response.text()).toBe("1");
    const issued = tokenOf(response.headers.get("set-cookie"));
    expect(issued).not.toBe(made);
    const digest = createHash("sha256").update(made).digest("base64url");
    expect(await visits.session(digest).find()).toBeUndefined();
    expect(driver.calls.some((it) => it.key.includes(made))).toBe(false);
    const again = new Request(`${ORIGIN}/find`, { headers: { cookie } });
    expect(await (await fetch(again)).text()).toBe("undefined");
  });

  it("a thousand unknown tokens that only read make no record (S5)", async () => {
    const { fetch, driver } = site();
    for (let i = 0; i < 1000; i++) {
      const cookie = `__Host-session=${String(i).padStart(43, "x")}`;
      const response = await fetch(new Request(`${ORIGIN}/find`, { headers: { cookie } }));
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect(new Set(driver.calls.map((it) => it.method))).toEqual(new Set(["read"]));
    expect(await records(driver)).toEqual([]);
  });

  it.each([
    "../../etc/passwd",
    "a\\0b",
    "x".repeat(10_000),
    "*",
    "{}",
    "__proto__",
    "constructor",
    "",
    `"${"A".repeat(43)}"`,
    "A".repeat(42),
    "A".repeat(44),
    `${"A".repeat(42)}.`,
    `${"A".repeat(42)}%`,
    `${"A".repeat(43)}.${"B".repeat(43)}`,
  ])("a malformed token causes no driver call and is no session: %j (S4)", async (value) => {
    const { fetch, driver } = site();
    for (const path of ["/find", "/touch", "/remove"]) {
      const cookie = `__Host-session=${value}`;
      await fetch(new Request(`${ORIGIN}${path}`, { headers: { cookie } }));
    }
    expect(driver.calls).toEqual([]);
  });

  it("a token anywhere but in its cookie is not looked at (S10)", async () => {
    const { browser, driver } = site();
    const it = browser();
    await it.send("/upsert");
    const token = tokenOf(it.cookie);
    driver.calls.length = 0;
    const elsewhere = browser();
    const headers = { authorization: `Bearer ${token}`, "x-session": token, session: token };
    const response = await elsewhere.send(
      `/find?__Host-session=${token}&session=${token}`,
      headers,
    );
    expect(await response.text()).toBe("undefined");
    expect(driver.calls).toEqual([]);
  });

  /** Makes the generator give one and the same token, so many times. */
  function repeatToken(times: number) {
    const original = crypto.getRandomValues.bind(crypto);
    const same = original(new Uint8Array(43));
    return vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      if (array?.byteLength !== same.length || times-- <= 0) return original(array);
      (array as unknown as Uint8Array).set(same);
      return array;
    });
  }

  it("a token that is minted twice is stored once: creating never replaces (S7)", async () => {
    const { browser } = site();
    const random = repeatToken(3);
    const [one, two] = [browser(), browser()];
    try {
      await Promise.all([one.send("/upsert"), two.send("/upsert")]);
    } finally {
      random.mockRestore();
    }
    expect(tokenOf(one.cookie)).not.toBe(tokenOf(two.cookie));
    await one.send("/upsert");
    expect([await one.text("/find"), await two.text("/find")]).toEqual(["2", "1"]);
  });

  it("a generator that only repeats itself ends in an error, with nothing stored over (S71)", async () => {
    const { browser } = site();
    const random = repeatToken(Infinity);
    try {
      const one = browser();
      await one.send("/upsert");
      await expect(browser().send("/upsert")).rejects.toMatchObject({
        code: "ERR_SESSION_CONFLICT",
      });
      expect(await one.text("/find")).toBe("1");
    } finally {
      random.mockRestore();
    }
  });

  it("what a handler changes in a value that it read is changed for nobody else (B9, S63)", async () => {
    const carts = defineSession({
      key: z.string(),
      value: z.object({ items: z.array(z.string()) }),
      keyFn: cookieKey(),
      driver: make(),
    });
    const session = await carts.fromRequest(new Request(ORIGIN));
    await session.insert({ items: ["a"] });
    (await session.find())?.items.push("b");
    expect(await session.find()).toEqual({ items: ["a"] });
  });

  it("the key is a hash of the token, known from the first write on and the store's way to the session (S8)", async () => {
    const { visits } = site();
    const request = new Request(ORIGIN);
    const session = await visits.fromRequest(request);
    expect(session.key).toBeUndefined();
    await session.insert(5);
    const key = session.key ?? "";
    const token = tokenOf(visits.finalize(new Response(), request).headers.get("set-cookie"));
    expect(key).toBe(createHash("sha256").update(token).digest("base64url"));
    expect(await visits.store.find(key)).toBe(5);
    expect(await visits.store.update(key, (n) => n + 1)).toBe(6);
    expect(await visits.session(key).remove()).toBe(true);
  });

  it("the store starts no session by itself: only a request can", async () => {
    const { visits, driver } = site();
    const write = vi.spyOn(driver, "write");
    const session = visits.session("B".repeat(43));
    for (const verb of [
      () => session.insert(1),
      () => session.swap(1),
      () => session.upsert(1, (n) => n),
      () => visits.store.insert("a", 1),
    ]) {
      await expect(verb()).rejects.toMatchObject({ name: "SessionEndedError", status: 401 });
    }
    expect(await session.update((n) => n)).toBeUndefined();
    expect(await session.find()).toBeUndefined();
    expect(write).not.toHaveBeenCalled();
  });

  it("works on a driver without compare-and-set too, but for the verbs that need it", async () => {
    const inner = make();
    const { read, write, remove } = inner;
    const driver: Driver<false> = {
      atomic: false,
      read: (key) => read.call(inner, key),
      // It cannot tell what is there when it writes.
      write: (key, text, { expiresAt, ttl }) => write.call(inner, key, text, { expiresAt, ttl }),
      remove: (key) => remove.call(inner, key),
    };
    const visits = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: cookieKey(),
      driver,
    });
    const browser = new Browser(
      visits.wrap(async ({ session, url }) => {
        if (url.endsWith("/remove")) await session.remove();
        else await session.insert(((await session.find()) ?? 0) + 1);
        return new Response(`${await session.find()}`);
      }),
    );
    expect([await browser.text(), await browser.text()]).toEqual(["1", "2"]);
    expect(await browser.text("/remove")).toBe("undefined");
    expect(await browser.text()).toBe("1");
    const session = (await visits.fromRequest(browser.request())) as unknown as CookieSession<
      string,
      number
    >;
    await expect(session.rotate()).rejects.toBeInstanceOf(UsageError);
    await expect(session.update((n) => n)).rejects.toBeInstanceOf(UsageError);
  });

  it("one request has one session, however often it is asked for", async () => {
    const { visits } = site();
    const request = new Request(ORIGIN);
    const session = await visits.fromRequest(request);
    expect(await visits.fromRequest(request)).toBe(session);
    await visits.middleware(request);
    expect(Reflect.get(request, "session")).toBe(session);
  });

  it("a record that no longer fits is still this session's: insert replaces it, under the same token (B17)", async () => {
    const driver = make();
    const define = (value: z.ZodType<unknown>) =>
      defineSession({ key: z.string(), value, keyFn: cookieKey(), driver });
    const before = new Browser(
      define(z.string()).wrap(
        async ({ session }) => new Response(`${await session.insert("old")}`),
      ),
    );
    await before.send();
    const { cookie } = before;
    const now = define(z.number());
    const request = new Request(ORIGIN, { headers: { cookie } });
    const session = await now.fromRequest(request);
    await expect(session.find()).rejects.toMatchObject({ name: "InvalidRecordError" });
    await session.insert(1);
    expect(now.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
    const next = await now.fromRequest(new Request(ORIGIN, { headers: { cookie } }));
    expect(await next.find()).toBe(1);
  });
});
