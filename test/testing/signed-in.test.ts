import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { type IRequestStrict, Router } from "itty-router";
import supertest from "supertest";
import { describe, expect, it } from "vitest";
import {
  cookieKey,
  type Driver,
  defineSession,
  InvalidValueError,
  memoryDriver,
  UsageError,
} from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { honoSession } from "zession/routers/hono";
import { signedIn } from "zession/testing";
import { z } from "zod";

const Visitor = z.object({ user: z.string().optional(), visits: z.number().default(0) });

function define(options: Parameters<typeof cookieKey>[0] = {}) {
  return defineSession({
    name: "visitor",
    value: Visitor,
    keyFn: cookieKey(options),
    privileged: ["user"],
    lifetime: { idle: "30m", absolute: "12h" },
  });
}

/** What each of the apps below answers. */
async function greet(
  session: Awaited<ReturnType<ReturnType<typeof define>["fromRequest"]>>,
): Promise<string> {
  const { user, visits } = await session.upsert({ visits: 1 }, (it) => void it.visits++);
  return `${user} ${visits}`;
}

describe("a client that is signed in has its session", () => {
  it("in a request for a fetch handler, with a privileged field that no insert could write", async () => {
    const visitors = define();
    const handler = visitors.wrap(async ({ visitor }) => new Response(await greet(visitor)));
    const ada = await signedIn(visitors, { user: "Ada" });
    expect(await (await handler(ada.request("/"))).text()).toBe("Ada 1");
    expect(await (await handler(ada.request("https://shop.example/"))).text()).toBe("Ada 2");
    const bob = await signedIn(visitors, { user: "Bob" });
    expect(await (await handler(bob.request("/"))).text()).toBe("Bob 1");
  });

  it("in itty-router's router.fetch", async () => {
    const visitors = define();
    const router = Router<IRequestStrict & { visitor: ReturnType<typeof visitors.of> }>({
      before: [visitors.middleware],
      finally: [visitors.finalize],
    }).get("/", async ({ visitor }) => new Response(await greet(visitor)));
    const ada = await signedIn(visitors, { user: "Ada" });
    expect(await (await router.fetch(ada.request("/"))).text()).toBe("Ada 1");
  });

  it("in Hono's app.request", async () => {
    const visitors = define();
    const app = new Hono()
      .use(honoSession(visitors))
      .get("/", async (c) => c.text(await greet(c.var.visitor)));
    const { headers } = await signedIn(visitors, { user: "Ada" });
    expect(await (await app.request("/", { headers })).text()).toBe("Ada 1");
  });

  it("in Fastify's inject", async () => {
    const visitors = define();
    const app = fastify();
    app.register(fastifySession(visitors));
    app.get("/", (request) => greet(visitors.of(request)));
    const { headers } = await signedIn(visitors, { user: "Ada" });
    expect((await app.inject({ url: "/", headers })).payload).toBe("Ada 1");
    await app.close();
  });

  it("in supertest over plain HTTP, and in its agent, although the cookie has Secure", async () => {
    const visitors = define();
    const app = express();
    app.use(expressSession(visitors));
    app.get("/", async (req, res) => void res.send(await greet(visitors.of(req))));
    const ada = await signedIn(visitors, { user: "Ada" });
    expect((await supertest(app).get("/").set(ada.headers)).text).toBe("Ada 1");
    const agent = supertest.agent(app).set(ada.headers);
    expect((await agent.get("/")).text).toBe("Ada 2");
    expect((await agent.get("/")).text).toBe("Ada 3");
  });

  it("in fetch, over plain HTTP", async () => {
    const visitors = define();
    const app = express();
    app.use(expressSession(visitors));
    app.get("/", async (req, res) => void res.send(await greet(visitors.of(req))));
    const server = createServer(app).listen(0, "127.0.0.1");
    try {
      await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address() as AddressInfo;
      const { headers } = await signedIn(visitors, { user: "Ada" });
      expect(await (await fetch(`http://127.0.0.1:${port}`, { headers })).text()).toBe("Ada 1");
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it("in a jar, where a test sees what the app has stored, and follows a rotation and a removal", async () => {
    const visitors = define();
    const ada = await signedIn(visitors, { user: "Ada" });
    const before = ada.cookie;
    const session = visitors.open(ada.jar);
    expect(await session.find()).toEqual({ user: "Ada", visits: 0 });
    await session.rotate();
    expect(ada.cookie).not.toBe(before);
    expect(await (await visitors.fromRequest(ada.request("/"))).find()).toBeDefined();
    await session.remove();
    expect(ada.cookie).toBe("");
    expect(ada.browserCookies("https://shop.example")).toEqual([]);
    expect(ada.request("/").headers.get("cookie")).toBeNull();
  });
});

it("an agent of supertest drops a cookie with Secure over plain HTTP, and keeps one without", async () => {
  const counts: string[] = [];
  for (const secure of [true, false]) {
    const visitors = define({ secure });
    const app = express();
    app.use(expressSession(visitors));
    app.get("/", async (req, res) => void res.send(await greet(visitors.of(req))));
    const agent = supertest.agent(app);
    for (let visit = 0; visit < 2; visit++) counts.push((await agent.get("/")).text);
  }
  expect(counts).toEqual(["undefined 1", "undefined 1", "undefined 1", "undefined 2"]);
});

describe("the request of a client that is signed in", () => {
  it("keeps its own cookies, method and body", async () => {
    const ada = await signedIn(define(), { user: "Ada" });
    const request = ada.request("/cart", {
      method: "POST",
      body: "tea",
      headers: { cookie: "theme=dark", "x-a": "1" },
    });
    expect(request.url).toBe("https://localhost/cart");
    expect(request.method).toBe("POST");
    expect(await request.text()).toBe("tea");
    expect(request.headers.get("x-a")).toBe("1");
    expect(request.headers.get("cookie")).toBe(`theme=dark; ${ada.cookie}`);
  });
});

describe("the cookie for a browser", () => {
  it("is that of the definition, and belongs to the origin", async () => {
    const ada = await signedIn(define(), { user: "Ada" });
    const [name, value] = ada.cookie.split("=");
    expect(ada.browserCookies("https://shop.example/cart?a=1")).toEqual([
      { name, value, url: "https://shop.example", httpOnly: true, secure: true, sameSite: "Lax" },
    ]);
    const wide = define({ domain: "shop.example", path: "/app", sameSite: "strict" });
    expect((await signedIn(wide, {})).browserCookies("https://www.shop.example")).toMatchObject([
      { domain: "shop.example", path: "/app", sameSite: "Strict" },
    ]);
  });

  it("is refused for a place to which browsers do not send it", async () => {
    const ada = await signedIn(define(), { user: "Ada" });
    for (const url of ["http://localhost:3000", "http://127.0.0.1:80", "http://[::1]:3000"])
      expect(ada.browserCookies(url)).toMatchObject([
        { secure: true, url: expect.stringMatching(/^https:/) },
      ]);
    expect(() => ada.browserCookies("http://shop.example")).toThrow(
      /No browser sends the cookie "__Host-visitor" to http:\/\/shop\.example, because it has Secure\./,
    );
    const plain = await signedIn(define({ secure: false }), { user: "Ada" });
    expect(plain.browserCookies("http://shop.example")).toMatchObject([
      { secure: false, url: "http://shop.example" },
    ]);
  });
});

describe("signedIn", () => {
  it("signs in on a driver without compare-and-set", async () => {
    const memory = memoryDriver();
    const driver: Driver<false> = {
      atomic: false,
      read: (key) => memory.read(key),
      write: (...write) => memory.write(...write),
      remove: (key) => memory.remove(key),
    };
    const visitors = defineSession({ value: Visitor, keyFn: cookieKey(), driver });
    const ada = await signedIn(visitors, { user: "Ada" });
    expect(await visitors.open(ada.jar).find()).toEqual({ user: "Ada", visits: 0 });
  });

  it("refuses what the schema refuses, and sessions that are not kept by cookie", async () => {
    const wrong = { user: 1 } as unknown as { user: string };
    await expect(signedIn(define(), wrong)).rejects.toThrow(InvalidValueError);
    const counts = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a" });
    await expect(signedIn(counts, 1 as never)).rejects.toThrow(UsageError);
  });

  it("shows no token in a log", async () => {
    const { inspect } = await import("node:util");
    const ada = await signedIn(define(), { user: "Ada" });
    const token = ada.cookie.split("=")[1] ?? "-";
    expect(inspect(ada, { depth: 9, showHidden: true })).not.toContain(token);
  });
});
