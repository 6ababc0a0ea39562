import type { IncomingMessage, ServerResponse } from "node:http";
import connect from "connect";
import { expressSession } from "zession/routers/express";
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

const app = connect();
app.use(expressSession(web));

/** Connect does not wait for a handler: what it rejects with has to be passed on. */
function at(path: string, handler: (req: IncomingMessage, res: ServerResponse) => unknown): void {
  app.use(path, async (req, res, next) => {
    try {
      await handler(req, res);
    } catch (error) {
      next(error);
    }
  });
}

at("/count", async (req, res) => res.end(await count(visits.of(req))));
at("/show", async (req, res) => res.end(await show(visits.of(req))));
at("/sign-in", async (req, res) => {
  res.setHeader("x-app", "kept");
  res.end(await signIn(visits.of(req)));
});
at("/sign-out", async (req, res) => res.end(await signOut(visits.of(req))));
at("/message", async (req, res) => res.end(await message(visits.of(req))));
at("/cart", async (req, res) => res.end(await fillCart(carts.of(req), visits.of(req))));
at("/broken", async (req) => {
  await signIn(visits.of(req));
  throw new Error("broken");
});
at("/stream", async (req, res) => {
  await count(visits.of(req));
  for await (const chunk of follow(visits.of(req))) res.write(chunk);
  res.end();
});
at("/late", async (req, res) => {
  for await (const chunk of startLate(visits.of(req))) res.write(chunk);
  res.end();
});
at("/redirect", async (req, res) => {
  await count(visits.of(req));
  res.statusCode = 303;
  res.setHeader("location", "/show");
  res.end();
});
at("/theme", async (req, res) => {
  res.setHeader("set-cookie", "theme=dark");
  res.end(await count(visits.of(req)));
});
at("/static", (_req, res) => res.end("static"));
at("/store/down", (_req, res) => {
  store.inject("error");
  res.end("down");
});
at("/store/up", (_req, res) => {
  store.heal();
  res.end("up");
});
app.use(((error, _req, res, _next) => {
  res.statusCode = statusOf(error);
  res.end("error page");
}) satisfies connect.ErrorHandleFunction);

export const listener: connect.Server = app;
