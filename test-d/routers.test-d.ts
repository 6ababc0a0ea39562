// The adapters: what is typed in each router.

import express from "express";
import fastify from "fastify";
import { type Context, Hono } from "hono";
import { hc } from "hono/client";
import { expectError, expectType } from "tsd";
import { type CookieSession, cookieKey, defineSession, type Session } from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { honoSession } from "zession/routers/hono";
import { z } from "zod";

const carts = defineSession({ name: "carts", value: z.string(), keyFn: cookieKey() });
const visits = defineSession({
  name: "visits",
  key: z.string(),
  value: z.number(),
  keyFn: (request: Request, c: Context) => c.req.header("a") ?? request.headers.get("a"),
});

const sub = new Hono().use(honoSession(visits)).get("/", (c) => {
  expectType<Session<string, number> | undefined>(c.var.visits);
  return c.text("");
});
new Hono()
  .use(honoSession(carts))
  .get("/", (c) => {
    expectType<CookieSession<string, string>>(c.var.carts);
    expectError(c.var.visits);
    return c.text("");
  })
  .route("/sub", sub);

// The client of Hono knows the routes behind the middleware, also those of a sub-app.
const counted = new Hono()
  .use(honoSession(carts))
  .get("/cart", async (c) => c.json({ cart: await c.var.carts.upsert("", (it) => it) }))
  .route("/sub", sub);
const client = hc<typeof counted>("http://localhost");
expectType<{ cart: string }>(await (await client.cart.$get()).json());
expectType<"">(await (await client.sub.$get()).text());
expectError(client.carts);

express().use(expressSession(carts));
fastify().register(fastifySession(carts));
// What defineSession did not return.
expectError(honoSession({ name: "carts" }));
expectError(expressSession({}));
expectError(fastifySession(visits));
