import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import fastify from "fastify";
import { fastifySession } from "zession/routers/fastify";
import {
  carts,
  count,
  fillCart,
  follow,
  message,
  show,
  signIn,
  signOut,
  startLate,
  statusOf,
  store,
  visits,
  web,
} from "../site.ts";

const app = fastify();
app.register(fastifySession(web));
app.get("/count", async (request) => count(visits.of(request)));
app.get("/show", async (request) => show(visits.of(request)));
app.post("/sign-in", async (request, reply) => {
  reply.header("x-app", "kept");
  return signIn(visits.of(request));
});
app.post("/sign-out", async (request) => signOut(visits.of(request)));
app.get("/message", async (request) => message(visits.of(request)));
app.get("/cart", async (request) => fillCart(carts.of(request), visits.of(request)));
app.post("/broken", async (request) => {
  await signIn(visits.of(request));
  throw new Error("broken");
});
app.get("/stream", async (request) => {
  await count(visits.of(request));
  return Readable.from(follow(visits.of(request)), { highWaterMark: 1 });
});
app.get("/late", async (request, reply) => {
  reply.hijack();
  for await (const chunk of startLate(visits.of(request))) reply.raw.write(chunk);
  reply.raw.end();
});
app.get("/redirect", async (request, reply) => {
  await count(visits.of(request));
  return reply.redirect("/show", 303);
});
app.get("/theme", async (request, reply) => {
  reply.header("set-cookie", "theme=dark");
  return count(visits.of(request));
});
app.get("/static", async () => "static");
app.post("/store/down", async () => {
  store.inject("error");
  return "down";
});
app.post("/store/up", async () => {
  store.heal();
  return "up";
});
app.setErrorHandler((error, _request, reply) => reply.code(statusOf(error)).send("error page"));
await app.ready();

export const listener: (request: IncomingMessage, response: ServerResponse) => unknown =
  app.routing;
