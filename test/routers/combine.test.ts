import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
// @ts-expect-error: its declarations are those of Express 5, under another name.
import express4 from "express-4";
import fastify from "fastify";
import { Hono } from "hono";
import * as itty6 from "itty-router";
import * as itty5 from "itty-router-5";
import { afterEach, describe, expect, it } from "vitest";
import {
  ConfigurationError,
  combine,
  cookieKey,
  defineSession,
  memoryDriver,
  UsageError,
} from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { honoSession } from "zession/routers/hono";
import { faultyDriver } from "zession/testing";
import { z } from "zod";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Two sessions by cookie, and one by a header that may be missing. */
function define() {
  const driver = faultyDriver(memoryDriver());
  const cookie = { keyFn: cookieKey({ secure: false }), driver };
  const users = defineSession({ name: "users", value: z.object({ id: z.number() }), ...cookie });
  const carts = defineSession({ name: "carts", value: z.array(z.string()), ...cookie });
  const hits = defineSession({
    name: "hits",
    key: z.string().regex(/^[a-z]+$/),
    value: z.number(),
    keyFn: (request: Request) => request.headers.get("x-client"),
    driver,
  });
  return { carts, driver, hits, users, web: combine(users, carts, hits) };
}
type Site = ReturnType<typeof define>;
type Handles = ReturnType<Site["web"]["of"]>;

const get = (headers: Record<string, string> = {}) =>
  new Request("http://shop.example/", { headers });
const cookiesOf = (response: Response) =>
  response.headers.getSetCookie().map((it) => it.split(";")[0] ?? "");

/** What every router's handler does. */
async function act({ carts, hits, users }: Handles): Promise<string> {
  const [user, cart, count] = await Promise.all([
    users.upsert({ id: 1 }, (it) => void it.id++),
    carts.upsert(["tea"], (it) => void it.push("tea")),
    hits?.upsert(1, (it) => it + 1),
  ]);
  return `${user.id} ${cart.length} ${count}`;
}

type Fetch = (request: Request) => Promise<Response>;

/** Serves Node's requests for as long as the test runs. */
async function listening(handler: Parameters<typeof createServer>[1]): Promise<Fetch> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  closing.push(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return (request) => fetch(`http://127.0.0.1:${port}/`, { headers: request.headers });
}

const onItty = (itty: typeof itty5) => (site: Site) => {
  const router = itty.Router<typeof site.web.Request>({ ...site.web.router });
  router.get("/", async (request) => new Response(await act(request)));
  return router.fetch as Fetch;
};
const onAutoRouter = (itty: typeof itty5) => (site: Site) => {
  const router = itty.AutoRouter<itty5.IRequest & typeof site.web.Request>({
    ...site.web.router,
    format: itty.text,
  });
  router.get("/", (request) => act(request));
  return router.fetch as Fetch;
};
const onExpress = (make: typeof express) => (site: Site) => {
  const app = make().use(expressSession(site.web));
  app.get("/", async (req, res) => {
    res.send(await act(site.web.of(req)));
  });
  return listening(app);
};
// 6.0.0 declares what 5.0.24 does, as far as it is used here.
const six = itty6 as unknown as typeof itty5;
const routers: Record<string, (site: Site) => Fetch | Promise<Fetch>> = {
  wrap: ({ web }) => web.wrap(async (request) => new Response(await act(request))) as Fetch,
  "itty-router 5.0.24, Router": onItty(itty5),
  "itty-router 5.0.24, AutoRouter": onAutoRouter(itty5),
  "itty-router 6.0.0, Router": onItty(six),
  "itty-router 6.0.0, AutoRouter": onAutoRouter(six),
  "Express 5": onExpress(express),
  "Express 4": onExpress(express4 as unknown as typeof express),
  Hono: ({ web }) => {
    const app = new Hono().use(honoSession(web)).get("/", async (c) => c.text(await act(c.var)));
    return async (request) => app.fetch(request);
  },
  async Fastify({ web }) {
    const app = fastify();
    app.register(fastifySession(web));
    app.get("/", async (request) => act(web.of(request)));
    await app.ready();
    return listening(app.routing);
  },
};

describe.each(Object.entries(routers))("combine, with %s", (_, start) => {
  it("opens every session of a request, and sends every cookie", async () => {
    const serve = await start(define());
    const first = await serve(get({ "x-client": "ann" }));
    expect(await first.text()).toBe("1 1 1");
    const cookie = cookiesOf(first).join("; ");
    expect(cookie).toMatch(/^users=.+; carts=.+$/);
    expect(first.headers.get("cache-control")).toBe("no-store");
    expect(first.headers.get("vary")?.toLowerCase()).toContain("cookie");
    const second = await serve(get({ "x-client": "ann", cookie }));
    expect(await second.text()).toBe("2 2 2");
    expect(cookiesOf(second)).toEqual([]);
    expect(await (await serve(get({ cookie }))).text()).toBe("3 3 undefined");
  });
});

describe("combine", () => {
  it("makes the driver calls of its sessions side by side", async () => {
    const { driver, web } = define();
    const first = await web.wrap(async (request) => new Response(await act(request)))(get());
    driver.calls.length = 0;
    let open = (): void => {};
    const bothCalled = new Promise<void>((resolve) => {
      open = resolve;
    });
    // No read is answered before the other has come.
    driver.inject({
      meanwhile: () => {
        if (driver.calls.length === 2) open();
        return bothCalled;
      },
    });
    const find = web.wrap(({ users, carts }) => Promise.all([users.find(), carts.find()]));
    const found = await find(get({ cookie: cookiesOf(first).join("; ") }));
    expect(found).toEqual([{ id: 1 }, ["tea"]]);
  });

  it("calls every keyFn at once, and passes the arguments to each", async () => {
    const order: string[] = [];
    const define = <const Name extends string>(name: Name) =>
      defineSession({
        name,
        key: z.string(),
        value: z.number(),
        keyFn: async (_request: Request, env: { tenant: string }) => {
          order.push(`${name} starts for ${env.tenant}`);
          await Promise.resolve();
          order.push(`${name} ends`);
          return env.tenant;
        },
      });
    const web = combine(define("one"), define("two"));
    const handler = web.wrap(
      (request, env) => `${request.one.key} ${request.two.key} ${env.tenant}`,
    );
    expect(await handler(get(), { tenant: "a" })).toBe("a a a");
    expect(order).toEqual(["one starts for a", "two starts for a", "one ends", "two ends"]);
  });

  it("rejects when one keyFn throws, with no rejection left over from the others", async () => {
    const failing = <const Name extends string>(name: Name) =>
      defineSession({
        name,
        key: z.string(),
        value: z.number(),
        keyFn: async () => {
          await Promise.resolve();
          throw new Error(name);
        },
      });
    const { hits } = define();
    const web = combine(failing("one"), failing("two"), hits);
    await expect(web.wrap(() => "reached")(get({ "x-client": "UPPER" }))).rejects.toThrow();
    await expect(web.router.before[0](get() as typeof web.Request)).rejects.toThrow("one");
  });

  it("calls no driver for a request that touches no session, and says nothing on its response", async () => {
    const { driver, web } = define();
    const response = await web.wrap(() => new Response())(get({ "x-client": "ann" }));
    expect([...response.headers]).toEqual([]);
    expect(driver.calls).toEqual([]);
  });

  it("completes a response that the handler throws, and passes other errors on", async () => {
    const { web } = define();
    const thrown = await web
      .wrap(async (request) => {
        await request.users.insert({ id: 1 });
        await request.carts.insert([]);
        throw new Response("thrown");
      })(get())
      .catch((error: unknown) => error);
    expect(cookiesOf(thrown as Response)).toHaveLength(2);
    await expect(
      web.wrap(() => {
        throw new Error("broken");
      })(get()),
    ).rejects.toThrow("broken");
  });

  it("completes the error page of a handler that throws, on the same request", async () => {
    const { web } = define();
    const request = get() as typeof web.Request;
    await web.router.before[0](request);
    await request.carts.insert([]);
    const page = web.router.finally[0](new Response("error", { status: 500 }), request);
    expect(cookiesOf(page)).toHaveLength(1);
  });

  it("returns the sessions by their names on any request that has them, and throws on another", async () => {
    const { web } = define();
    await web.wrap((request) => {
      expect(Object.keys(web.of(request))).toEqual(["users", "carts", "hits"]);
      expect(web.of(request).users).toBe(request.users);
      expect(web.of(request).hits).toBeUndefined();
    })(get());
    expect(() => web.of(get())).toThrow(UsageError);
  });

  it("refuses two definitions of one name, and what defineSession did not return", () => {
    const { users, web } = define();
    const twin = defineSession({ name: "users", value: z.number(), keyFn: cookieKey() });
    const wrong: [unknown[], RegExp][] = [
      [[users, twin], /request\.users is set twice/],
      [[users, users], /request\.users is set twice/],
      [[{ ...users }], /takes what defineSession returns, itself and not a copy/],
      [[undefined], /takes what defineSession returns/],
      [[users, web], /takes session definitions, not what it returned/],
    ];
    for (const [parts, message] of wrong) {
      const call = () => (combine as (...all: unknown[]) => unknown)(...parts);
      expect(call).toThrow(ConfigurationError);
      expect(call).toThrow(message);
    }
  });

  it("has nothing at run time that is there for types only", () => {
    const { web } = define();
    expect(Object.keys(web)).toEqual(["router", "wrap", "of"]);
  });
});

describe.each([
  ["Express 5", express],
  ["Express 4", express4 as unknown as typeof express],
])("a middleware mounted in %s by mistake", (_, make) => {
  it("answers the first request with a sentence, and does not hang (F21)", async () => {
    const visits = defineSession({
      name: "visits",
      key: z.string(),
      value: z.number(),
      keyFn: (request: express.Request) => request.get("x-id"),
    });
    const app = make().use(visits.middleware);
    app.get("/", (_req, res) => void res.send("reached"));
    app.use(((error, _req, res, _next) => {
      res.status(500).send(`${error.code}: ${error.message}`);
    }) as express.ErrorRequestHandler);
    const response = await (await listening(app))(get());
    expect(response.status).toBe(500);
    expect(await response.text()).toBe(
      'ERR_SESSION_USAGE: "middleware" of the session "visits" does not call "next". In Express and Connect, mount the adapter: app.use(expressSession(visits)), from "zession/routers/express".',
    );
  });
});
