// Several definitions on one request.

import express from "express";
import fastify from "fastify";
import { type Context, Hono } from "hono";
import { type IRequestStrict, json, Router as Router6 } from "itty-router";
import { AutoRouter as AutoRouter5, type IRequest, Router as Router5 } from "itty-router-5";
import { expectError, expectNotAssignable, expectType } from "tsd";
import {
  type CookieSession,
  combine,
  cookieKey,
  type Driver,
  defineSession,
  type NonAtomicSession,
  type Session,
} from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { honoSession } from "zession/routers/hono";
import { z } from "zod";

interface Env {
  readonly tenant: string;
}
interface Place {
  readonly region: string;
}
const key = z.string();
const users = defineSession({
  name: "users",
  value: z.object({ id: z.number() }),
  keyFn: cookieKey(),
});
const carts = defineSession({
  name: "carts",
  key,
  value: z.object({ items: z.array(z.string()) }),
  keyFn: (_request: Request, env: Env) => env.tenant,
});
const hits = defineSession({
  name: "hits",
  key,
  value: z.number(),
  keyFn: (request) => request.headers.get("x"),
});
const web = combine(users, carts, hits);

// Nothing is annotated, and everything is known.
const handler = web.wrap(async (request, env) => {
  expectType<CookieSession<string, { id: number }>>(request.users);
  expectType<Session<string, { items: string[] }>>(request.carts);
  expectType<Session<string, number> | undefined>(request.hits);
  expectType<string>(request.url);
  expectType<string>(env.tenant);
  expectError(request.carts.instert(1));
  expectError(request.cart);
  expectNotAssignable<Session<string, number>>(request.hits);
  expectError(env.missing);
  return new Response();
});
expectType<Promise<Response>>(handler(new Request("https://a.example"), { tenant: "a" }));
const served: (request: Request, env: Env) => Promise<Response> = handler;
void served;
expectError(handler(new Request("https://a.example")));
expectError(handler(new Request("https://a.example"), { tenant: 1 }));
// Annotated, with further properties of the request and further arguments.
const annotated = web.wrap(
  (request: typeof web.Request & { ip: string }, env: Env, count: number) =>
    `${request.ip} ${request.carts.key} ${env.tenant} ${count}`,
);
declare const withAddress: Request & { ip: string };
expectType<Promise<string>>(annotated(withAddress, { tenant: "a" }, 1));
expectError(annotated(new Request("https://a.example"), { tenant: "a" }, 1));
expectError(web.wrap((request: typeof web.Request & { ip: string }) => request.port));

// itty-router: both stages at once, and no verb is misspelt.
const six = Router6<IRequestStrict & typeof web.Request, [Env]>({ ...web.router });
six.get("/:id", (request, env) => {
  expectType<CookieSession<string, { id: number }>>(request.users);
  expectType<string>(env.tenant);
  return request.params["id"];
});
six.get("/", ({ carts }) => carts.insert({ items: [] }));
expectError(six.get("/", (request) => request.carts.instert({ items: [] })));
expectError(six.get("/", (request) => request.carts.insert({ items: [1] })));
expectError(six.get("/", (request) => request.cart));
Router6<typeof web.Request, [Env]>({ ...web.router, finally: [json, ...web.router.finally] });
const five = Router5<typeof web.Request, [Env]>({ ...web.router });
five.get("/", ({ users }) => users.find());
expectError(five.get("/", (request) => request.users.fnd()));
expectError(Router5<Request, [Env]>({ ...web.router }));
const auto = AutoRouter5<IRequest & typeof web.Request, [Env]>({ ...web.router });
expectError(auto.get("/", (request) => request.users.fnd()));

// Arguments that serve all: of one, of each, of the longer.
const places = defineSession({
  name: "places",
  key,
  value: z.number(),
  keyFn: (request: Request & { ip: string }, place: Place, count: number) =>
    `${request.ip} ${place.region} ${count}`,
});
for (const both of [combine(carts, places), combine(places, carts)]) {
  both.wrap((request, env, count) => {
    expectType<string>(request.ip);
    expectType<string>(env.tenant);
    expectType<string>(env.region);
    expectType<number>(count);
    expectError(env.missing);
  });
}
const optional = defineSession({
  name: "optional",
  key,
  value: z.number(),
  keyFn: (_request: Request, env?: Env) => env?.tenant,
});
combine(optional, users).wrap((_request, env) => {
  expectType<Env | undefined>(env);
});
// One alone, and one on a driver without compare-and-set.
declare const driver: Driver<false>;
const weak = defineSession({ name: "weak", key, value: z.number(), keyFn: () => "a", driver });
combine(weak).wrap((request) => {
  expectType<NonAtomicSession<string, number>>(request.weak);
  expectError(request.weak.swap(1));
});

// By a request of any router.
expectType<CookieSession<string, { id: number }>>(web.of({}).users);
expectType<Session<string, number> | undefined>(web.of({}).hits);
expectError(web.of({}).cart);
expectError(web.of("a"));

// One name twice, what is no definition, and what is combined already.
const twin = defineSession({ name: "users", key, value: z.number(), keyFn: () => "a" });
expectError(combine(users, carts, twin));
expectError(combine(users, users));
expectError(combine({ name: "users" }));
expectError(combine(web, twin));
expectError(combine(users, web));

// The adapters.
const seen = defineSession({
  name: "seen",
  key,
  value: z.number(),
  keyFn: (_request: Request, c: Context) => c.req.header("a"),
});
new Hono().use(honoSession(combine(users, seen, hits))).get("/", (c) => {
  expectType<CookieSession<string, { id: number }>>(c.var.users);
  expectType<Session<string, number> | undefined>(c.var.seen);
  expectError(c.var.carts);
  return c.text("");
});
express().use(expressSession(combine(users, hits)));
fastify().register(fastifySession(combine(users, hits)));
expectError(honoSession(web));
expectError(fastifySession(combine(users, seen)));
