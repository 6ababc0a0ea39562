import { once } from "node:events";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import {
  CrossOriginError,
  cookieKey,
  defineSession,
  memoryDriver,
  type SessionEvent,
  UsageError,
} from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { faultyDriver } from "zession/testing";
import { z } from "zod";

function define(secrets = ["n".repeat(32)], driver = faultyDriver(memoryDriver())) {
  const events: SessionEvent["type"][] = [];
  const visits = defineSession({
    name: "visits",
    value: z.object({ count: z.number(), message: z.string().optional() }),
    keyFn: cookieKey({ secure: false, secrets }),
    onEvent: ({ type }) => events.push(type),
    driver,
  });
  /** Starts a session. Returns its cookie. */
  const start = async () => {
    const request = new Request("http://localhost");
    const session = await visits.fromRequest(request);
    await session.insert({ count: 1, message: "hello" });
    const response = visits.finalize(new Response(), request);
    return response.headers.get("set-cookie")?.split(";")[0] ?? "";
  };
  return { driver, events, start, visits };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a session without a response, by { response: false }", () => {
  it("is read, updated, touched and removed, and its cookie stays with the browser", async () => {
    const { start, visits } = define();
    const cookie = await start();
    const request = new Request("http://localhost", { headers: { cookie } });
    const session = await visits.fromRequest(request, { response: false });
    expect(await session.find()).toEqual({ count: 1, message: "hello" });
    expect(await session.take("message")).toBe("hello");
    expect(await session.upsert({ count: 9 }, (it) => void it.count++)).toEqual({ count: 2 });
    expect(await session.insert({ count: 3 })).toEqual({ count: 3 });
    expect(await session.touch()).toBe(true);
    expect(visits.of(request)).toBe(session);
    expect(await session.remove()).toBe(true);
    expect(await session.find()).toBeUndefined();
    expect(visits.finalize(new Response(), request).headers.getSetCookie()).toEqual([]);
  });

  it("refuses a write that would need a cookie, with the reason, and stores nothing", async () => {
    const { driver, start, visits } = define();
    const options = { response: false };
    const anonymous = await visits.fromRequest(new Request("http://localhost"), options);
    for (const writing of [
      anonymous.insert({ count: 1 }),
      anonymous.swap({ count: 1 }),
      anonymous.upsert({ count: 1 }, (it) => it),
      anonymous.rotate({ count: 1 }, (it) => it),
    ])
      await expect(writing).rejects.toThrow(/\{ response: false \}.*nothing was stored/);
    expect(await anonymous.update((it) => it)).toBeUndefined();
    expect(await anonymous.rotate()).toBeUndefined();
    expect(driver.calls.filter((it) => it.method !== "read")).toEqual([]);

    const headers = { cookie: await start() };
    const session = await visits.fromRequest(new Request("http://localhost", { headers }), options);
    await expect(session.rotate()).rejects.toBeInstanceOf(UsageError);
    await expect(session.rotate({ count: 0 }, (it) => it)).rejects.toBeInstanceOf(UsageError);
    expect(await session.find()).toEqual({ count: 1, message: "hello" });
  });

  it("warns of nothing, where a cookie would have been sent", async () => {
    vi.useFakeTimers();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const old = "o".repeat(32);
    const driver = faultyDriver(memoryDriver());
    const cookie = await define([old], driver).start();
    // Signed by an older secret: a response would carry the cookie anew.
    const { events, visits } = define(["n".repeat(32), old], driver);
    const request = new Request("http://localhost", { headers: { cookie } });
    const session = await visits.fromRequest(request, { response: false });
    expect((await session.find())?.count).toBe(1);
    await session.remove();
    vi.advanceTimersByTime(60_000);
    expect(events).not.toContain("unfinalized");
    expect(warn).not.toHaveBeenCalled();
    // The instrument sees what it should.
    await (await visits.fromRequest(new Request("http://localhost"))).insert({ count: 1 });
    vi.advanceTimersByTime(60_000);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("is the one that a middleware has opened, which sends no cookie from then on", async () => {
    const { visits } = define();
    const request = new Request("http://localhost");
    await visits.middleware(request);
    const session = await visits.fromRequest(request, { response: false });
    expect(session).toBe(visits.of(request));
    await expect(visits.of(request).insert({ count: 1 })).rejects.toThrow("{ response: false }");
  });

  it("has one all the same unless you say false", async () => {
    const { visits } = define();
    const opened = [{ response: true }, {}, { response: undefined }, undefined];
    for (const options of opened) {
      const request = new Request("http://localhost");
      const session = await visits.fromRequest(request, options);
      expect(await session.insert({ count: 1 })).toEqual({ count: 1 });
      expect(visits.finalize(new Response(), request).headers.getSetCookie()).toHaveLength(1);
    }
  });
});

describe("a session while a body streams, after the head", () => {
  /** Returns a session whose head has left, and the head. */
  async function streaming(cookie?: string) {
    const site = define();
    const headers = cookie === undefined ? { cookie: await site.start() } : { cookie };
    const request = new Request("http://localhost", { headers });
    const session = await site.visits.fromRequest(request);
    const head = site.visits.finalize(new Response(new ReadableStream()), request).headers;
    return { head, session };
  }

  it("is read for the first time, but the head says nothing of it to caches", async () => {
    const { head, session } = await streaming();
    expect((await session.find())?.count).toBe(1);
    expect([head.get("vary"), head.get("cache-control")]).toEqual([null, null]);
  });

  it("is written, taken from and removed, but not rotated", async () => {
    const { session } = await streaming();
    expect((await session.upsert({ count: 0 }, (it) => void it.count++)).count).toBe(2);
    expect(await session.take("message")).toBe("hello");
    await expect(session.rotate()).rejects.toThrow("start the session before");
    expect(await session.remove()).toBe(true);
  });

  it("is not started, with the reason", async () => {
    const { session } = await streaming("theme=dark");
    await expect(session.insert({ count: 1 })).rejects.toThrow("start the session before");
  });
});

describe("a WebSocket upgrade of node:http", () => {
  type Opening = (
    site: ReturnType<typeof define>,
    request: IncomingMessage,
  ) => Promise<ReturnType<ReturnType<typeof define>["visits"]["of"]>>;

  /** Connects a client, whose messages are verbs, and sends them. Returns what was answered. */
  async function talk(
    site: ReturnType<typeof define>,
    open: Opening,
    messages: string[],
    headers: Record<string, string> = {},
  ) {
    const sockets = new WebSocketServer({ noServer: true });
    const server = createServer((_request, response) => response.writeHead(426).end());
    server.on("upgrade", async (request, socket, head) => {
      const session = await open(site, request);
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.on("message", async (data) => {
          try {
            if (`${data}` === "count")
              return client.send(
                `${(await session.upsert({ count: 1 }, (it) => void it.count++)).count}`,
              );
            if (`${data}` === "update")
              return client.send(`${(await session.update((it) => void it.count++))?.count}`);
            client.send(`${(await session.find())?.count}`);
          } catch (error) {
            client.send(error instanceof Error ? error.constructor.name : "?");
          }
        });
      });
    });
    try {
      await once(server.listen(0, "127.0.0.1"), "listening");
      const { port } = server.address() as AddressInfo;
      const client = new WebSocket(`ws://127.0.0.1:${port}/`, { headers });
      await once(client, "open");
      const answers: string[] = [];
      for (const message of messages) {
        client.send(message);
        answers.push(`${(await once(client, "message"))[0]}`);
      }
      client.terminate();
      return answers;
    } finally {
      sockets.close();
      server.closeAllConnections();
      server.close();
    }
  }

  const openings: Record<string, Opening> = {
    "fromRequest, by Node's request": ({ visits }, request) =>
      visits.fromRequest(request, { response: false }),
    "the middleware of Express, called by hand": ({ visits }, request) =>
      new Promise((resolve) =>
        expressSession(visits)(request, new ServerResponse(request), () =>
          resolve(visits.of(request)),
        ),
      ),
    "the middleware of Express, called without a response": ({ visits }, request) =>
      new Promise((resolve) =>
        expressSession(visits)(request, {} as ServerResponse, () => resolve(visits.of(request))),
      ),
    "Fastify's hooks, which a plugin for WebSockets runs": async ({ visits }, request) => {
      const app = fastify();
      app.register(fastifySession(visits));
      const opening = new Promise<ReturnType<typeof visits.of>>((resolve) => {
        app.get("/", async (routed, reply) => {
          reply.hijack();
          resolve(visits.of(routed));
        });
      });
      await app.ready();
      app.routing(request, new ServerResponse(request));
      return opening;
    },
  };

  describe.each(Object.entries(openings))("opens a session by %s", (_, open) => {
    it("that is read and written, and starts none", async () => {
      const site = define();
      const headers = { cookie: await site.start() };
      expect(await talk(site, open, ["find", "count", "update"], headers)).toEqual(["1", "2", "3"]);
      site.driver.calls.length = 0;
      const answers = ["undefined", "UsageError", "undefined"];
      expect(await talk(site, open, ["find", "count", "update"])).toEqual(answers);
      expect(site.driver.calls).toEqual([]);
    });

    it("but none for a page of another site, whose upgrades carry the cookie too (D7)", async () => {
      const site = define();
      const cookie = await site.start();
      const foreign = { cookie, origin: "https://evil.example" };
      const refused = ["undefined", CrossOriginError.name];
      expect(await talk(site, open, ["find", "count"], foreign)).toEqual(refused);
    });
  });
});
