import { once } from "node:events";
import { createServer, get, type IncomingMessage, type RequestListener } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
// @ts-expect-error: it has no declarations of its own.
import compression from "compression";
import express from "express";
import fastify from "fastify";
import { expect, it } from "vitest";
import { cookieKey, defineSession, UsageError } from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { z } from "zod";

const visits = defineSession({
  name: "visits",
  value: z.number(),
  keyFn: cookieKey({ secure: false }),
});
const count = (request: object) => visits.of(request).upsert(1, (it) => it + 1);
const OWN_FILE = import.meta.filename;

/** Runs a program against a server, by its port. */
async function serving<Answer>(
  listener: RequestListener,
  run: (port: number) => Promise<Answer>,
): Promise<Answer> {
  const server = createServer(listener);
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    return await run((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Sends a request. Returns the answer with its text. */
async function load(port: number, path: string, headers: object = {}, method = "GET") {
  const request = get({ host: "127.0.0.1", port, path, method, headers: { ...headers } });
  const hints: unknown[] = [];
  request.on("information", (info) => hints.push(info.statusCode));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const lines = response.headers["set-cookie"] ?? [];
  return {
    status: response.statusCode,
    headers: response.headers,
    cookies: lines.map((it) => it.split("=")[0]),
    cookie: lines[0]?.split(";")[0] ?? "",
    body: Buffer.concat(chunks),
    hints,
  };
}

function app(...before: express.RequestHandler[]) {
  const app = express();
  for (const it of before) app.use(it);
  app.get("/file", async (req, res) => {
    await count(req);
    res.sendFile(OWN_FILE);
  });
  app.get("/hints", async (req, res) => {
    res.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    res.send(`${await count(req)}`);
  });
  app.get("/flushed", async (req, res) => {
    await count(req);
    res.flushHeaders();
    res.end("flushed");
  });
  app.get("/large", async (req, res) => {
    await count(req);
    res.type("text").send("a".repeat(5_000));
  });
  app.get("/count", async (req, res) => void res.send(`${await count(req)}`));
  return app;
}

it("Express: a file, its HEAD and its 304 carry the cookie, and no cache stores them (S48)", () =>
  serving(app(expressSession(visits)), async (port) => {
    const whole = await load(port, "/file");
    expect([whole.status, whole.cookies]).toEqual([200, ["visits"]]);
    expect(whole.headers["cache-control"]).toContain("no-store");
    expect(whole.body.length).toBeGreaterThan(1_000);
    const head = await load(port, "/file", {}, "HEAD");
    expect([head.status, head.cookies, head.body.length]).toEqual([200, ["visits"], 0]);
    expect(head.headers["content-length"]).toBe(`${whole.body.length}`);
    const known = { "if-none-match": whole.headers.etag };
    const again = await load(port, "/file", known);
    expect([again.status, again.cookies, again.body.length]).toEqual([304, ["visits"], 0]);
    const own = await load(port, "/file", { ...known, cookie: whole.cookie });
    expect([own.status, own.cookies]).toEqual([304, []]);
    expect(own.headers["cache-control"]).toContain("private");
    expect(own.headers.vary).toMatch(/cookie/i);
  }));

it("Express: early hints and a head that is flushed leave the cookie where it belongs", () =>
  serving(app(expressSession(visits)), async (port) => {
    const hinted = await load(port, "/hints");
    expect([hinted.hints, hinted.cookies]).toEqual([[103], ["visits"]]);
    const flushed = await load(port, "/flushed");
    expect([`${flushed.body}`, flushed.cookies]).toEqual(["flushed", ["visits"]]);
  }));

it.each([
  ["in front of", [compression(), expressSession(visits)]],
  ["behind", [expressSession(visits), compression()]],
] as const)("Express: compression %s the session compresses, and the cookie is sent", (_, all) =>
  serving(app(...all), async (port) => {
    const page = await load(port, "/large", { "accept-encoding": "gzip" });
    expect(page.headers["content-encoding"]).toBe("gzip");
    expect(page.body.length).toBeLessThan(1_000);
    expect(page.cookies).toEqual(["visits"]);
    expect(page.headers.vary?.split(/, */).toSorted()).toEqual(["Accept-Encoding", "Cookie"]);
    expect(`${(await load(port, "/count", { cookie: page.cookie })).body}`).toBe("2");
  }),
);

it("Express: a session that is mounted after the head has left is not started, and one that is there is read", async () => {
  const flushing: express.RequestHandler = (_, res, next) => {
    res.flushHeaders();
    next();
  };
  const late = app(flushing, expressSession(visits));
  late.get("/late", async (req, res) => {
    const error = await count(req).catch((error) => error);
    res.end(`${error.message}`);
  });
  late.get("/read", async (req, res) => void res.end(`${await visits.of(req).find()}`));
  const { cookie } = await serving(app(expressSession(visits)), (port) => load(port, "/count"));
  await serving(late, async (port) => {
    expect(`${(await load(port, "/late")).body}`).toMatch(/^The head of the response left before/);
    expect(`${(await load(port, "/read", { cookie })).body}`).toBe("1");
  });
});

it("node:http: a list with a name that has no value is refused by Node, and loses no name in silence", () =>
  serving(
    (request, response) => {
      expressSession(visits)(request, response, async () => {
        await count(request);
        try {
          response.writeHead(200, ["x-own", "1", "x-lost"]).end();
        } catch (error) {
          response.writeHead(500).end((error as NodeJS.ErrnoException).code);
        }
      });
    },
    async (port) => {
      const page = await load(port, "/");
      expect([page.status, `${page.body}`]).toEqual([500, "ERR_INVALID_ARG_VALUE"]);
      expect(page.cookies).toEqual(["visits"]);
    },
  ));

it("node:http2: counts, and sends the cookie with every kind of head", async () => {
  const mount = expressSession(visits);
  const server = createHttp2Server((request, response) => {
    mount(request, response, async () => {
      const text = `${await count(request)}`;
      if (request.url === "/empty") response.end();
      else if (request.url === "/by-hand") response.writeHead(201, { "x-own": "1" }).end(text);
      else {
        if (request.url === "/set") response.setHeader("set-cookie", "theme=dark");
        response.end(text);
      }
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const request = async (path: string, cookie?: string) => {
    const stream = client.request({ ":path": path, ...(cookie === undefined ? {} : { cookie }) });
    const [headers] = await once(stream, "response");
    let text = "";
    for await (const chunk of stream) text += chunk;
    return { headers, text, cookies: (headers["set-cookie"] ?? []) as string[] };
  };
  try {
    const first = await request("/");
    expect([first.text, first.cookies.length]).toEqual(["1", 1]);
    expect(first.headers["cache-control"]).toBe("no-store");
    const second = await request("/", first.cookies[0]?.split(";")[0]);
    expect([second.text, second.cookies]).toEqual(["2", []]);
    for (const path of ["/empty", "/by-hand"])
      expect((await request(path)).cookies).toHaveLength(1);
    expect((await request("/by-hand")).headers[":status"]).toBe(201);
    expect((await request("/set")).cookies[0]).toBe("theme=dark");
    expect((await request("/set")).cookies[1]).toMatch(/^visits=/);
  } finally {
    client.close();
    server.close();
  }
});

it("Fastify: serves the instance that it is registered on and those within, and no other", async () => {
  const app = fastify();
  app.register(async (inner) => {
    inner.register(fastifySession(visits));
    inner.get("/inner", async (request) => `${await count(request)}`);
    inner.register(async (innermost) => {
      innermost.get("/innermost", async (request) => `${await count(request)}`);
    });
  });
  app.get("/outer", async (request) => {
    expect(() => visits.of(request)).toThrow(UsageError);
    return "none";
  });
  const texts: string[] = [];
  for (const url of ["/inner", "/innermost", "/outer"]) {
    const { body, headers } = await app.inject(url);
    texts.push(`${body} ${headers["set-cookie"] === undefined ? "no" : "a"} cookie`);
  }
  expect(texts).toEqual(["1 a cookie", "1 a cookie", "none no cookie"]);
  await app.close();
});

it("Fastify: a request that is decorated with a property of the session's name has the session", async () => {
  const app = fastify();
  app.register(fastifySession(visits));
  app.decorateRequest("visits");
  app.addHook("preHandler", async (request) => {
    Object.assign(request, { visits: visits.of(request) });
  });
  app.get("/", async (request) => `${await count(request)}`);
  const { body } = await app.inject("/");
  expect(body).toBe("1");
  await app.close();
});
