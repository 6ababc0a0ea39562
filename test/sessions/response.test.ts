import { json, Router } from "itty-router";
import { describe, expect, it } from "vitest";
import {
  cookieKey,
  type Driver,
  defineSession,
  type SessionEvent,
  type SessionRequest,
  UnavailableError,
  UsageError,
} from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";
import { Browser, ORIGIN } from "./browser.ts";
import { drivers } from "./drivers.ts";

describe.each(drivers)("the response of a request with a session by cookie – %s", (_, make) => {
  const define = (driver: Driver = make(), onEvent?: (event: SessionEvent) => unknown) =>
    defineSession({
      name: "visits",
      key: z.string(),
      value: z.number(),
      keyFn: cookieKey(),
      lifetime: { idle: "1h" },
      driver,
      onEvent,
    });
  type Visits = ReturnType<typeof define>;
  type Handler = (request: SessionRequest<Visits>) => Response | Promise<Response>;

  /** The response of a handler that has written to its session. */
  const written = (handler: Handler, driver?: Driver) =>
    define(driver).wrap(async (request) => {
      await request.visits.insert(1);
      return handler(request);
    })(new Request(ORIGIN));

  it("keeps the other cookies, and has one of this name (B36, S48, S51)", async () => {
    const response = await written(() => {
      const headers = new Headers({ "content-type": "text/plain" });
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "__Host-visits=mine; Path=/; Secure");
      headers.append("set-cookie", "__Host-visits2=2; Path=/; Secure");
      headers.append("set-cookie", "b=__Host-visits=3");
      return new Response("ok", { headers });
    });
    const cookies = response.headers.getSetCookie();
    expect(cookies.map((it) => it.replace(/=[\w-]{43};.*/, "=token"))).toEqual([
      "a=1; Path=/",
      "__Host-visits2=2; Path=/; Secure",
      "b=__Host-visits=3",
      "__Host-visits=token",
    ]);
    expect(response.headers.get("content-type")).toBe("text/plain");
  });

  it.each<[string, () => Response, number]>([
    ["a redirect", () => Response.redirect(`${ORIGIN}/next`, 303), 303],
    ["no content", () => new Response(null, { status: 204 }), 204],
    ["an error", () => new Response("oops", { status: 500, statusText: "Oops" }), 500],
  ])(
    "carries the cookie on %s, with status and headers kept (B37, S52)",
    async (_, make, status) => {
      const response = await written(make);
      expect(response.status).toBe(status);
      expect(response.statusText).toBe(make().statusText);
      expect(response.headers.get("location")).toBe(make().headers.get("location"));
      expect(response.headers.getSetCookie()).toHaveLength(1);
      expect(await response.text()).toBe(await make().text());
    },
  );

  it("carries the cookie on a response that was fetched, whose headers cannot be changed (B37)", async () => {
    const fetched = await fetch("data:text/plain,hello");
    expect(() => fetched.headers.append("a", "b")).toThrow(TypeError);
    const response = await written(() => fetched);
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toBe("hello");
  });

  it("hands a streaming body on, unread and as it comes", async () => {
    let pulled = 0;
    const stream = new ReadableStream(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(new TextEncoder().encode(`${pulled};`));
          if (pulled === 3) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const response = await written(() => new Response(stream));
    expect(pulled).toBe(0);
    expect(await response.text()).toBe("1;2;3;");
  });

  it("puts no cookie on a response object that is used again and again", async () => {
    const shared = new Response(null, { status: 204 });
    const response = await written(() => shared);
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(shared.headers.getSetCookie()).toEqual([]);
  });

  it.each<[string, string | undefined, string]>([
    ["nothing", undefined, "no-store"],
    ["another directive", "private, max-age=60", "private, max-age=60, no-store"],
    ["the same", "No-Store", "No-Store"],
    ["one that looks like it", "x-no-store", "x-no-store, no-store"],
  ])(
    "is not stored by caches when it sets a cookie, beside %s (S50, S51)",
    async (_, own, expected) => {
      const headers = own === undefined ? {} : { "cache-control": own };
      const response = await written(() => new Response("ok", { headers }));
      expect(response.headers.get("cache-control")).toBe(expected);
    },
  );

  it.each<[string, string | undefined, string]>([
    ["nothing", undefined, "Cookie"],
    ["another header", "Accept", "Accept, Cookie"],
    ["the same", "accept, COOKIE", "accept, COOKIE"],
    ["all", "*", "*"],
  ])(
    "varies by cookie when the session was read, beside %s (S50, S51)",
    async (_, own, expected) => {
      const headers = own === undefined ? {} : { vary: own };
      const visits = define();
      for (const make of [
        () => new Response("ok", { headers }),
        () => {
          const immutable = Response.redirect(ORIGIN);
          return own === undefined ? immutable : new Response("ok", { headers });
        },
      ]) {
        const fetch = visits.wrap(async (request) => {
          await request.visits.find();
          return make();
        });
        const response = await fetch(new Request(ORIGIN));
        expect(response.headers.get("vary")).toBe(expected);
        expect(response.headers.has("cache-control")).toBe(false);
      }
    },
  );

  it("is handed on as it is when the session was not touched", async () => {
    const visits = define();
    const own = new Response("ok");
    expect(await visits.wrap(() => own)(new Request(ORIGIN))).toBe(own);
    expect(own.headers.has("vary")).toBe(false);
    const request = new Request(ORIGIN);
    expect(visits.finalize(own, request)).toBe(own);
  });

  it("leaves when the write is durable: who follows a redirect at once reads it (S39, B38)", async () => {
    const driver = faultyDriver(make());
    driver.inject({ delay: 1 }, { on: "write" });
    const visits = define(driver);
    const fetch = visits.wrap(async (request) => {
      if (request.url.endsWith("/next")) return new Response(`${await request.visits.find()}`);
      await request.visits.insert(7);
      return Response.redirect(`${ORIGIN}/next`, 303);
    });
    const browser = new Browser(fetch);
    expect((await browser.send("/")).status).toBe(303);
    expect(await browser.text("/next")).toBe("7");
  });

  it("names no session that was not stored (S68, B39)", async () => {
    const driver = faultyDriver(make());
    driver.inject("error", { on: "write" });
    const visits = define(driver);
    const request = new Request(ORIGIN) as SessionRequest<Visits>;
    await visits.middleware(request);
    await expect(request.visits.insert(1)).rejects.toBeInstanceOf(UnavailableError);
    expect(visits.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
  });

  it("is neither anonymous nor a new cookie while the store is down, and the same session afterwards (S67)", async () => {
    const driver = faultyDriver(make());
    const visits = define(driver);
    const browser = new Browser(
      visits.wrap(
        async (request) => new Response(`${await request.visits.upsert(1, (n) => n + 1)}`),
      ),
    );
    await browser.send();
    const { cookie } = browser;
    driver.inject("error", { on: "read" });
    await expect(browser.send()).rejects.toMatchObject({ status: 503 });
    driver.heal();
    expect(browser.cookie).toBe(cookie);
    expect(await browser.text()).toBe("2");
  });

  it("keeps what was written when the handler throws, and nothing of what was not (B42, S52)", async () => {
    const visits = define();
    const add = visits.wrap(async (request) => {
      await request.visits.upsert(1, (n) => n + 1);
      if (request.url.endsWith("/fail")) {
        await request.visits
          .update(() => {
            throw new Error("no");
          })
          .catch(() => {});
        throw new Error("handler");
      }
      return new Response(`${await request.visits.find()}`);
    });
    const browser = new Browser(add);
    await browser.send();
    await expect(browser.send("/fail")).rejects.toThrow("handler");
    expect(await browser.text()).toBe("3");
  });

  it("that has left cannot tell a client of a session that starts later: that is an error, and nothing is stored (S40)", async () => {
    const driver = make();
    const visits = define(driver);
    const request = new Request(ORIGIN) as SessionRequest<Visits>;
    await visits.middleware(request);
    const { key } = request.visits;
    visits.finalize(new Response(), request);
    await expect(request.visits.insert(1)).rejects.toBeInstanceOf(UsageError);
    await expect(request.visits.upsert(1, (n) => n)).rejects.toBeInstanceOf(UsageError);
    expect(await driver.read(`visits:${key}`)).toBeUndefined();
    expect(await request.visits.find()).toBeUndefined();
  });

  it("that has left while a session was being started takes it back (S40)", async () => {
    const driver = faultyDriver(make());
    const visits = define(driver);
    const request = new Request(ORIGIN) as SessionRequest<Visits>;
    await visits.middleware(request);
    const { key } = request.visits;
    const finalize = () => visits.finalize(new Response(), request);
    driver.inject({ meanwhile: finalize }, { on: "write", times: 1 });
    await expect(request.visits.insert(1)).rejects.toThrow("Await every write");
    expect(await driver.read(`visits:${key}`)).toBeUndefined();
  });

  it("that has left does not keep a session that there is from being written, but from being rotated (S40)", async () => {
    const visits = define();
    const browser = new Browser(
      visits.wrap(async (request) => {
        const { visits: session } = request;
        const first = (await session.find()) === undefined;
        if (first) await session.insert(1);
        const body = new ReadableStream({
          async pull(controller) {
            const text = first
              ? "started"
              : `${await session.update((n) => n + 1)} ${await session.rotate().catch((it) => it.code)}`;
            controller.enqueue(new TextEncoder().encode(text));
            controller.close();
          },
        });
        return new Response(body);
      }),
    );
    expect(await browser.text()).toBe("started");
    expect(await browser.text()).toBe("2 ERR_SESSION_USAGE");
    expect(await browser.text()).toBe("3 ERR_SESSION_USAGE");
  });

  it("is completed by itty-router's finally, behind what makes it", async () => {
    const visits = define();
    const routes = (stages: ((response: never, request: never) => unknown)[]) => {
      const router = Router<SessionRequest<Visits>>({
        before: [visits.middleware],
        finally: stages as never,
      });
      router.get("/", async (request) => ({ count: await request.visits.upsert(1, (n) => n + 1) }));
      return router;
    };
    const good = routes([json as never, visits.finalize as never]);
    const browser = new Browser((request) => good.fetch(request) as Promise<Response>);
    expect(await (await browser.send()).json()).toEqual({ count: 1 });
    expect(await (await browser.send()).json()).toEqual({ count: 2 });
    const wrong = routes([visits.finalize as never, json as never]);
    await expect(wrong.fetch(new Request(ORIGIN))).rejects.toThrow(
      "finally: [json, visits.finalize]",
    );
  });

  it("of nothing at all stays nothing where there is nothing to tell", () => {
    const visits = define();
    expect(visits.finalize(undefined, new Request(ORIGIN))).toBeUndefined();
  });

  it("carries several sessions by cookie, each under its own name", async () => {
    const visits = define();
    const cart = defineSession({
      name: "cart",
      key: z.string(),
      value: z.array(z.string()),
      keyFn: cookieKey(),
    });
    const browser = new Browser(
      visits.wrap(
        cart.wrap(async (request) => {
          await request.visits.upsert(1, (n) => n + 1);
          await request.cart.upsert(["a"], (it) => [...it, "b"]);
          return Response.json([await request.visits.find(), await request.cart.find()]);
        }),
      ),
    );
    expect((await browser.send()).headers.getSetCookie()).toHaveLength(2);
    expect(await (await browser.send()).json()).toEqual([2, ["a", "b"]]);
  });
});
