import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type express5 from "express";
import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
// @ts-expect-error: its declarations are those of Express 5, under another name.
import express4 from "express-4";
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

/** Express 4 does not wait for a handler: what it rejects with has to be passed on. */
const passing =
  (handler: (req: Request, res: Response) => Promise<unknown>): RequestHandler =>
  (req, res, next) => {
    handler(req, res).catch(next);
  };

const app = (express4 as typeof express5)();
app.use(expressSession(web));
app.get(
  "/count",
  passing(async (req, res) => res.send(await count(visits.of(req)))),
);
app.get(
  "/show",
  passing(async (req, res) => res.send(await show(visits.of(req)))),
);
app.post(
  "/sign-in",
  passing(async (req, res) => res.set("x-app", "kept").send(await signIn(visits.of(req)))),
);
app.post(
  "/sign-out",
  passing(async (req, res) => res.send(await signOut(visits.of(req)))),
);
app.get(
  "/message",
  passing(async (req, res) => res.send(await message(visits.of(req)))),
);
app.get(
  "/cart",
  passing(async (req, res) => res.send(await fillCart(carts.of(req), visits.of(req)))),
);
app.post(
  "/broken",
  passing(async (req) => {
    await signIn(visits.of(req));
    throw new Error("broken");
  }),
);
app.get(
  "/stream",
  passing(async (req, res) => {
    await count(visits.of(req));
    Readable.from(follow(visits.of(req)), { highWaterMark: 1 }).pipe(res);
  }),
);
app.get(
  "/late",
  passing(async (req, res) => {
    for await (const chunk of startLate(visits.of(req))) res.write(chunk);
    res.end();
  }),
);
app.get(
  "/redirect",
  passing(async (req, res) => {
    await count(visits.of(req));
    res.redirect(303, "/show");
  }),
);
app.get(
  "/theme",
  passing(async (req, res) => res.cookie("theme", "dark").send(await count(visits.of(req)))),
);
app.get("/static", (_req, res) => void res.send("static"));
app.post("/store/down", (_req, res) => {
  store.inject("error");
  res.send("down");
});
app.post("/store/up", (_req, res) => {
  store.heal();
  res.send("up");
});
app.use(((error, _req, res, _next) => {
  res.status(statusOf(error)).send("error page");
}) satisfies ErrorRequestHandler);

export const listener: (request: IncomingMessage, response: ServerResponse) => unknown = app;
