// The adapters: what is typed in each router.

import express from "express";
import fastify from "fastify";
import { type Context, Hono } from "hono";
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

express().use(expressSession(carts));
fastify().register(fastifySession(carts));
// What defineSession did not return.
expectError(honoSession({ name: "carts" }));
expectError(expressSession({}));
expectError(fastifySession(visits));
