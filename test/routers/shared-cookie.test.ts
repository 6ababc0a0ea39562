import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { combine, cookieKey, defineSession, UsageError } from "zession";
import { expressSession } from "zession/routers/express";
import { honoSession } from "zession/routers/hono";
import { z } from "zod";

function define<const Name extends string>(name: Name) {
  return defineSession({
    name,
    value: z.number(),
    keyFn: cookieKey({ name: "sid", secure: false }),
  });
}

const users = define("users");
const carts = define("carts");
const web = combine(users, carts);

/** Writes both sessions of a request. Returns the error. */
async function write(request: object): Promise<unknown> {
  try {
    await users.of(request)?.insert(1);
    await carts.of(request)?.insert(1);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function onFetch(): Promise<unknown> {
  let error: unknown;
  const handle = web.wrap(async (request) => {
    error = await write(request);
    return new Response();
  });
  await handle(new Request("https://shop.example"));
  return error;
}

async function onNode(...middlewares: ReturnType<typeof expressSession>[]): Promise<unknown> {
  let error: unknown;
  const server = createServer((request, response) => {
    const go = (index: number): void => {
      const middleware = middlewares[index];
      if (middleware !== undefined) middleware(request, response, () => go(index + 1));
      else
        write(request).then((it) => {
          error = it;
          response.end();
        });
    };
    go(0);
  });
  try {
    await once(server.listen(0, "127.0.0.1"), "listening");
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return error;
}

async function onHono(app: Hono): Promise<unknown> {
  let error: unknown;
  await app
    .get("/", async (c) => {
      error = await write(c.req.raw);
      return c.body(null);
    })
    .request("/");
  return error;
}

describe("two definitions that use one cookie in one request", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["by wrap", onFetch],
    ["by two middlewares of Node", () => onNode(expressSession(users), expressSession(carts))],
    ["by a combined middleware of Node", () => onNode(expressSession(web))],
    ["by Hono", () => onHono(new Hono().use(honoSession(users)).use(honoSession(carts)) as never)],
  ])("are refused: %s (S48)", async (_, run) => {
    const error = await run();
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain('use the cookie "sid" in one request');
  });
});
