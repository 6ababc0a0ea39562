import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
// @ts-expect-error: its declarations are those of Express 5, under another name.
import express4 from "express-4";
import fastify from "fastify";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { cookieKey, defineSession, memoryDriver } from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { honoSession } from "zession/routers/hono";
import { faultyDriver } from "zession/testing";
import { z } from "zod";

// Hono's server puts its own classes in place of these, for as long as these tests run.
const own = ["Request", "Response"].map(
  (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
);
afterAll(() => {
  for (const [name, it] of own) Object.defineProperty(globalThis, name, it ?? {});
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function define() {
  const driver = faultyDriver(memoryDriver());
  const visits = defineSession({
    name: "visits",
    value: z.object({ count: z.number(), user: z.string().optional() }),
    keyFn: cookieKey({ secure: false }),
    driver,
  });
  type Visits = ReturnType<typeof visits.of>;
  const count = (it: Visits) => it.upsert({ count: 1 }, (v) => void v.count++).then((v) => v.count);
  const signIn = (it: Visits) =>
    it.rotate({ count: 0, user: "ann" }, (v) => ({ ...v, user: "ann" }));
  return { count, driver, signIn, visits };
}
type Site = ReturnType<typeof define>;

async function listening(server: Server): Promise<string> {
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function onExpress(make: typeof express) {
  return ({ count, signIn, visits }: Site) => {
    const app = make();
    app.use(expressSession(visits));
    const at = (path: string, run: (req: express.Request, res: express.Response) => unknown) =>
      app.get(path, (req, res, next) => {
        Promise.resolve(run(req, res)).catch(next);
      });
    at("/", async (req, res) => res.send(`${await count(visits.of(req))}`));
    at("/public", async (req, res) => {
      const text = `${(await visits.of(req).find())?.count}`;
      res.writeHead(200, { "cache-control": "public, max-age=60" }).end(text);
    });
    at("/in", async (req, res) => {
      res.cookie("theme", "dark");
      await signIn(visits.of(req));
      res.redirect(303, "/");
    });
    at("/out", async (req, res) => res.send(`${await visits.of(req).remove()}`));
    at("/stream", async (req, res) => {
      await count(visits.of(req));
      res.write("a");
      res.end("b");
    });
    at("/broken", async (req) => {
      await signIn(visits.of(req));
      throw new Error("broken");
    });
    at("/static", (_req, res) => res.send("static"));
    app.use(((_error, _req, res, _next) => {
      res.status(500).send("error page");
    }) as express.ErrorRequestHandler);
    return listening(createServer(app));
  };
}

/** Without a framework: the middleware is called by hand. */
function onNode({ count, signIn, visits }: Site) {
  const middleware = expressSession(visits);
  const pages: Record<string, (req: IncomingMessage, res: ServerResponse) => unknown> = {
    "/": async (req, res) => res.end(`${await count(visits.of(req))}`),
    "/public": async (req, res) => {
      const text = `${(await visits.of(req).find())?.count}`;
      res.writeHead(200, "Fine", { "Cache-Control": "public, max-age=60" }).end(text);
    },
    "/in": async (req, res) => {
      await signIn(visits.of(req));
      res.writeHead(303, { Location: "/", "Set-Cookie": "theme=dark" }).end();
    },
    "/out": async (req, res) => res.end(`${await visits.of(req).remove()}`),
    "/stream": async (req, res) => {
      await count(visits.of(req));
      res.write("a");
      res.end("b");
    },
    "/broken": async (req) => {
      await signIn(visits.of(req));
      throw new Error("broken");
    },
    "/static": (_req, res) => res.end("static"),
  };
  const server = createServer((req, res) => {
    middleware(req, res, async () => {
      try {
        await pages[req.url ?? ""]?.(req, res);
      } catch {
        res.writeHead(500, ["content-type", "text/plain"]).end("error page");
      }
    });
  });
  return listening(server);
}

const routers: Record<string, (site: Site) => Promise<string>> = {
  "node:http": onNode,
  "Express 5": onExpress(express),
  "Express 4": onExpress(express4 as unknown as typeof express),
  async Hono({ count, signIn, visits }) {
    const app = new Hono()
      .use(honoSession(visits))
      .get("/", async (c) => c.text(`${await count(c.var.visits)}`))
      .get("/public", async (c) => {
        const text = `${(await c.var.visits.find())?.count}`;
        return new Response(text, { headers: { "cache-control": "public, max-age=60" } });
      })
      .get("/in", async (c) => {
        c.header("set-cookie", "theme=dark", { append: true });
        await signIn(c.var.visits);
        return c.redirect("/", 303);
      })
      .get("/out", async (c) => c.text(`${await visits.of(c.req).remove()}`))
      .get("/stream", async (c) => {
        await count(c.var.visits);
        return stream(c, async (out) => void (await out.write("ab")));
      })
      .get("/broken", async (c) => {
        await signIn(c.var.visits);
        throw new Error("broken");
      })
      .get("/static", (c) => c.text("static"));
    app.onError((_error, c) => c.text("error page", 500));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
  },
  async Fastify({ count, signIn, visits }) {
    const app = fastify();
    app.register(fastifySession(visits));
    app.get("/", async (request) => `${await count(visits.of(request))}`);
    app.get("/public", async (request, reply) => {
      reply.header("cache-control", "public, max-age=60");
      return `${(await visits.of(request).find())?.count}`;
    });
    app.get("/in", async (request, reply) => {
      reply.header("set-cookie", "theme=dark");
      await signIn(visits.of(request));
      return reply.redirect("/", 303);
    });
    app.get("/out", async (request) => `${await visits.of(request).remove()}`);
    app.get("/stream", async (request, reply) => {
      await count(visits.of(request));
      reply.hijack();
      reply.raw.write("a");
      reply.raw.end("b");
    });
    app.get("/broken", async (request) => {
      await signIn(visits.of(request));
      throw new Error("broken");
    });
    app.get("/static", async () => "static");
    app.setErrorHandler((_error, _request, reply) => reply.code(500).send("error page"));
    await app.ready();
    return listening(app.server);
  },
};

describe.each(Object.entries(routers))("the adapter for %s", (_, start) => {
  /** A client that keeps the session's cookie. */
  async function open() {
    const site = define();
    const origin = await start(site);
    let cookie = "";
    const get = async (path: string, headers: Record<string, string> = { cookie }) => {
      const response = await fetch(origin + path, { headers, redirect: "manual" });
      const own = response.headers.getSetCookie().filter((it) => it.startsWith("visits="));
      expect(own.length).toBeLessThanOrEqual(1);
      if (own[0] !== undefined) cookie = own[0].split(";")[0] ?? "";
      return { response, text: await response.text() };
    };
    return { ...site, get, cookie: () => cookie };
  }

  it("counts, and sends the cookie once, to no cache", async () => {
    const { get } = await open();
    const first = await get("/");
    expect(first.text).toBe("1");
    expect(first.response.headers.get("cache-control")).toBe("no-store");
    expect(first.response.headers.get("vary")).toMatch(/cookie/i);
    const second = await get("/");
    expect(second.text).toBe("2");
    expect(second.response.headers.getSetCookie()).toEqual([]);
    expect(second.response.headers.get("cache-control")).toBe("private");
  });

  it("keeps shared caches from what was read of a live session, whatever the handler says", async () => {
    const { get } = await open();
    await get("/");
    const { response, text } = await get("/public");
    expect(text).toBe("1");
    expect(response.headers.get("cache-control")).toBe("max-age=60, private");
    expect(response.headers.get("vary")).toMatch(/cookie/i);
  });

  it("signs in under a new key beside another cookie and a redirect, and signs out", async () => {
    const { cookie, get } = await open();
    await get("/");
    const old = cookie();
    const { response } = await get("/in");
    expect(response.status).toBe(303);
    expect(response.headers.getSetCookie().some((it) => it.startsWith("theme=dark"))).toBe(true);
    expect(cookie()).not.toBe(old);
    expect((await get("/public", { cookie: old })).text).toBe("undefined");
    expect((await get("/")).text).toBe("2");
    expect((await get("/out")).text).toBe("true");
    expect(cookie()).toBe("visits=");
  });

  it("sends the cookie before a body that streams, and with an error page", async () => {
    const { cookie, get } = await open();
    expect((await get("/stream")).text).toBe("ab");
    const old = cookie();
    expect(old).not.toBe("");
    const { response, text } = await get("/broken");
    expect([response.status, text]).toEqual([500, "error page"]);
    expect(cookie()).not.toBe(old);
    expect((await get("/")).text).toBe("2");
  });

  it("says nothing on a response that does not depend on the session, and calls no driver", async () => {
    const { driver, get } = await open();
    const { response } = await get("/static");
    expect(response.headers.get("vary")).toBeNull();
    expect(response.headers.get("cache-control")).toBeNull();
    expect(driver.calls).toEqual([]);
  });

  it("counts requests at once without losing one, and takes nobody for anonymous while the store is down", async () => {
    const { cookie, driver, get } = await open();
    await get("/");
    await Promise.all(Array.from({ length: 20 }, () => get("/")));
    const present = cookie();
    driver.inject("error");
    const { response, text } = await get("/");
    expect([response.status, text]).toEqual([500, "error page"]);
    expect(response.headers.getSetCookie()).toEqual([]);
    driver.heal();
    expect(cookie()).toBe(present);
    expect((await get("/")).text).toBe("22");
  });
});
