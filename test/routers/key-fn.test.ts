import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import express from "express";
import fastify from "fastify";
import { describe, expect, it } from "vitest";
import { defineSession } from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { z } from "zod";

type KeyFn = (request: { readonly url: string }) => string | Promise<string>;

const define = (keyFn: KeyFn) =>
  defineSession({ name: "visits", key: z.string(), value: z.number(), keyFn });

/** Sends the first line of a request to a server, as it is. Returns the text of the answer. */
async function send(listener: RequestListener, line: string): Promise<string> {
  const server = createServer(listener);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`${line}\r\nHost: shop.example\r\nConnection: close\r\n\r\n`);
  const answer = await text(socket);
  server.close();
  return answer;
}

function onExpress(keyFn: KeyFn): Promise<string> {
  const app = express();
  app.use(expressSession(define(keyFn)));
  app.get("/", (_, res) => void res.send("the handler"));
  const fail: express.ErrorRequestHandler = (error, _, res, _next) => {
    res.status(error.status ?? 500).end(String(error));
  };
  app.use(fail);
  return send(app, "GET / HTTP/1.1");
}

async function onFastify(keyFn: KeyFn): Promise<string> {
  const app = fastify();
  app.register(fastifySession(define(keyFn)));
  app.get("/", () => "the handler");
  const { body, statusCode } = await app.inject("/");
  await app.close();
  return `HTTP/1.1 ${statusCode}\n${body}`;
}

describe.each([
  ["Express", onExpress],
  ["Fastify", onFastify],
])("a keyFn on %s", (_, visit) => {
  it.each([undefined, null, "", 0, "route", "no"])(
    "that throws %j lets no request through",
    async (thrown) => {
      const throwing = () => {
        throw thrown;
      };
      for (const keyFn of [throwing, async () => throwing()]) {
        const answer = await visit(keyFn);
        expect(answer).toMatch(/^HTTP\/1.1 500/);
        expect(answer).not.toContain("the handler");
      }
    },
  );

  it("that throws an error with a status is answered with it", async () => {
    const teapot = Object.assign(new Error("short and stout"), { status: 418, statusCode: 418 });
    const answer = await visit(() => Promise.reject(teapot));
    expect(answer).toMatch(/^HTTP\/1.1 418/);
    expect(answer).toContain("short and stout");
  });
});

it("gets the whole URL, however a client of node:http writes it", async () => {
  const urls: string[] = [];
  const visits = define(({ url }) => {
    urls.push(new URL(url).href);
    return "a";
  });
  const mount = expressSession(visits);
  const listener: RequestListener = (req, res) => mount(req, res, () => res.end());
  for (const target of ["/a?b", "//a/b", "http://other.example/a?b", "*"]) {
    const method = target === "*" ? "OPTIONS" : "GET";
    expect(await send(listener, `${method} ${target} HTTP/1.1`)).toContain("200 OK");
  }
  expect(urls).toEqual([
    "http://shop.example/a?b",
    "http://shop.example//a/b",
    "http://other.example/a?b",
    "http://shop.example/*",
  ]);
});
