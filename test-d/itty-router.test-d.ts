// Routes behind the middleware, on both major versions. (AutoRouter is `any` in 6.0.0: its
// declarations lack a file.)
import { type IRequestStrict, Router as Router6 } from "itty-router";
import { AutoRouter as AutoRouter5, Router as Router5 } from "itty-router-5";
import { expectError, expectNotAssignable, expectType } from "tsd";
import { defineSession, type Session, type SessionRequest } from "zession";
import { z } from "zod";

const visits = defineSession({
  name: "visits",
  key: z.string(),
  value: z.number(),
  keyFn: (request) => request.headers.get("x-client-id"),
});
const theme = defineSession({
  name: "theme",
  key: z.string(),
  value: z.enum(["dark", "light"]),
  keyFn: () => "a",
});

const six = Router6({ before: [visits.middleware], finally: [visits.finalize] });
six.get("/", visits.middleware, async (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
  return request.visits?.upsert(1, (n) => n + 1);
});
six.get("/me", async (request: SessionRequest<typeof visits>) => request.visits?.find());
expectError(six.get("/", visits.middleware, (request) => request.visit));
six.get("/", visits.middleware, (request) =>
  expectNotAssignable<Session<string, number>>(request.visits),
);
expectError(six.get("/", visits.middleware, (request) => request.visits?.insert("1")));

const five = Router5({ before: [visits.middleware], finally: [visits.finalize] });
five.get("/", visits.middleware, async (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
  return request.visits?.upsert(1, (n) => n + 1);
});
expectError(five.get("/", visits.middleware, (request) => request.visit));

const auto = AutoRouter5({ before: [visits.middleware], finally: [visits.finalize] });
auto.get("/", visits.middleware, (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
});
expectError(auto.get("/", visits.middleware, (request) => request.visits?.insert("1")));

// Middleware in `before` tells 5.0.24 the request of every route; 6.0.0 has to be told, as below.
five.get("/", (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
});

// Several middlewares on one route: the handler sees all sessions, and what the router sets.
six.get("/:id", visits.middleware, theme.middleware, (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
  expectType<Session<string, "dark" | "light">>(request.theme);
  expectType<string>(request.params["id"] as string);
  expectType<{ [key: string]: string }>(request.params);
  expectType<Headers>(request.headers);
});
expectError(six.get("/", visits.middleware, theme.middleware, (request) => request.themes));
expectError(six.get("/", visits.middleware, theme.middleware, (r) => r.theme.insert("blue")));
Router6<IRequestStrict>().get("/:id", theme.middleware, visits.middleware, (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
  expectType<Session<string, "dark" | "light">>(request.theme);
  expectType<{ [key: string]: string }>(request.params);
});
expectError(Router6<IRequestStrict>().get("/:id", theme.middleware, (request) => request.param));
Router5().get("/:id", visits.middleware, theme.middleware, (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
  expectType<Session<string, "dark" | "light">>(request.theme);
  expectType<{ [key: string]: string }>(request.params);
});

// Two definitions: the router is told the request.
const both = Router6<SessionRequest<typeof visits> & SessionRequest<typeof theme>>({
  before: [visits.middleware, theme.middleware],
});
both.get("/", (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
  expectType<Session<string, "dark" | "light">>(request.theme);
});
expectError(both.get("/", (request) => request.theme.insert("blue")));

// Without the type, several in `before` compile: 5.0.24 infers the first one's session, and no other.
const several = Router5({ before: [visits.middleware, theme.middleware] });
several.get("/:id", (request) => {
  expectType<Session<string, number> | undefined>(request.visits);
  expectType<{ [key: string]: string }>(request.params);
});
several.get("/me", async (request: SessionRequest<typeof theme>) => request.theme.find());
expectError(several.get("/", (request) => request.visit));
Router6({ before: [visits.middleware, theme.middleware] }).get("/", (request) => request.url);
const told = Router5<SessionRequest<typeof visits> & SessionRequest<typeof theme>>({
  before: [visits.middleware, theme.middleware],
});
told.get("/", (request) => {
  expectType<Session<string, "dark" | "light">>(request.theme);
});
expectError(told.get("/", (request) => request.theme.insert("blue")));

// Middleware of a request that the router does not have is refused.
const tenants = defineSession({
  name: "tenant",
  key: z.string(),
  value: z.number(),
  keyFn: (request: Request & { readonly tenantId: string }) => request.tenantId,
});
expectError(Router5<IRequestStrict>({ before: [tenants.middleware] }));

// A whole router behind wrap.
expectType<(request: Request) => Promise<Response>>(
  visits.wrap(
    (request: SessionRequest<typeof visits>): Promise<Response> => six.fetch(request),
  ) as (request: Request) => Promise<Response>,
);

// With `finalize` alone, routes keep the router's requests, whatever `keyFn` takes.
const addresses = defineSession({
  name: "address",
  key: z.string(),
  value: z.number(),
  keyFn: (request: Request & { readonly ip?: string }) => request.ip,
});
const finalized = Router5({ finally: [addresses.finalize] });
finalized.get("/:id", addresses.middleware, (request) => {
  expectType<Session<string, number> | undefined>(request.address);
  expectType<{ [key: string]: string }>(request.params);
  expectType<string | undefined>(request.ip);
});
expectError(finalized.get("/", addresses.middleware, (request) => request.adress));
finalized.get("/:id", (request) => request.params["id"]);
Router6({ finally: [addresses.finalize] }).get("/", addresses.middleware, (request) => {
  expectType<Session<string, number> | undefined>(request.address);
});
expectError(addresses.finalize(new Response()));
