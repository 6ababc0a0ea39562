import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type HttpBindings, serve, upgradeWebSocket } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { afterAll, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { combine, cookieKey, defineSession } from "zession";
import { honoSession } from "zession/routers/hono";
import { z } from "zod";

// Hono's server puts its own classes in place of these, for as long as these tests run.
const own = ["Request", "Response"].map(
  (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
);
afterAll(() => {
  for (const [name, it] of own) Object.defineProperty(globalThis, name, it ?? {});
});

const define = <Name extends string>(name: Name) =>
  defineSession({ name, value: z.object({ user: z.string() }), keyFn: cookieKey() });

describe("honoSession", () => {
  it("puts no cookie on a response that the program returns to others too (S50, S51)", async () => {
    const users = define("users");
    const carts = define("carts");
    const mounts: MiddlewareHandler[] = [honoSession(users), honoSession(combine(users, carts))];
    for (const mount of mounts) {
      const empty = new Response(null, { status: 204, headers: { "x-own": "1" } });
      const app = new Hono()
        .use(mount)
        .get("/in", async (c) => {
          await users.of(c.req.raw)?.rotate({ user: "ann" }, (value) => value);
          return empty;
        })
        .get("/ping", () => empty);
      const signedIn = await app.request("/in");
      expect(signedIn.headers.getSetCookie()).toHaveLength(1);
      expect([signedIn.status, signedIn.headers.get("x-own")]).toEqual([204, "1"]);
      const other = await app.request("/ping");
      expect(other.headers.getSetCookie()).toEqual([]);
      expect(other.headers.get("x-own")).toBe("1");
    }
  });

  it("gives the session to an app that is called with the request of another app", async () => {
    const users = define("users");
    const inner = new Hono().use(honoSession(users)).get("/name", async (c) => {
      return c.text(`${(await c.var.users.find())?.user}`);
    });
    const outer = new Hono()
      .use(honoSession(users))
      .use(async (c, next) => {
        await c.var.users.insert({ user: "ann" });
        await next();
      })
      .all("/*", (c) => inner.fetch(c.req.raw));
    const response = await outer.request("/name");
    expect(await response.text()).toBe("ann");
    expect(response.headers.getSetCookie()).toHaveLength(1);
    const wrapped = users.wrap((request) => inner.fetch(request));
    expect(await (await wrapped(new Request("https://shop.example/name"))).text()).toBe(
      "undefined",
    );
  });

  it("is mounted once where it is mounted twice, although a middleware has replaced the request", async () => {
    const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });
    const mount = honoSession(visits);
    const inner = new Hono().use(mount).post("/", async (c) => {
      expect(visits.of(c.req)).toBe(c.var.visits);
      return c.text(`${await c.var.visits.upsert(1, (it) => it + 1)}`);
    });
    const app = new Hono()
      .use(mount)
      .use(async (c, next) => {
        await c.var.visits.insert(1);
        await next();
      })
      .use(bodyLimit({ maxSize: 100 }))
      .route("/", inner);
    const body = new Blob(["of unknown length"]).stream();
    const init: object = { method: "POST", body, duplex: "half" };
    const response = await app.request("/", init);
    expect(await response.text()).toBe("2");
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  it("leaves a response alone that the handler has sent through Node's own", async () => {
    const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const app = new Hono<{ Bindings: HttpBindings }>()
      .use(honoSession(visits))
      .get("/", async ({ env: { outgoing }, var: { visits } }) => {
        outgoing.writeHead(200).write("first, ");
        await visits.insert(1);
        setTimeout(() => outgoing.end("last"), 10);
        return RESPONSE_ALREADY_SENT;
      });
    const server = serve({ fetch: app.fetch, port: 0 });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}`);
    expect(await response.text()).toBe("first, last");
    expect(errors).not.toHaveBeenCalled();
    errors.mockRestore();
    server.close();
  });

  it("sends the cookie of a session that starts before a WebSocket upgrade, and starts none in its events", async () => {
    const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });
    const app = new Hono().use(honoSession(visits)).get(
      "/:start",
      upgradeWebSocket(async (c) => {
        const session = visits.of(c.req.raw);
        if (c.req.param("start") === "now") await session.insert(1);
        return {
          async onMessage(_event, socket) {
            const counted = await session.upsert(1, (it) => it + 1).catch((error) => error.code);
            socket.send(`${await session.find()} ${counted}`);
          },
        };
      }),
    );
    const server = serve({
      fetch: app.fetch,
      // Its type knows no optional options, but `ws` is what it documents.
      websocket: { server: new WebSocketServer({ noServer: true }) as never },
      overrideGlobalObjects: false,
      hostname: "127.0.0.1",
      port: 0,
    });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const talk = async (path: string) => {
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`);
      const upgrading = once(client, "upgrade");
      await once(client, "open");
      const [{ headers }] = await upgrading;
      client.send("count");
      const [data] = await once(client, "message");
      client.terminate();
      return `${headers["set-cookie"]?.length ?? 0} ${data}`;
    };
    try {
      expect(await talk("/now")).toBe("1 2 2");
      expect(await talk("/later")).toBe("0 undefined ERR_SESSION_USAGE");
    } finally {
      server.close();
    }
  });
});
