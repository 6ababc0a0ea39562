import express, { type ErrorRequestHandler, type Express } from "express";
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

const app = express();
app.use(expressSession(web));
app.get("/count", async (req, res) => void res.send(await count(visits.of(req))));
app.get("/show", async (req, res) => void res.send(await show(visits.of(req))));
app.post("/sign-in", async (req, res) => {
  res.set("x-app", "kept").send(await signIn(visits.of(req)));
});
app.post("/sign-out", async (req, res) => void res.send(await signOut(visits.of(req))));
app.get("/message", async (req, res) => void res.send(await message(visits.of(req))));
app.get("/cart", async (req, res) => {
  res.send(await fillCart(carts.of(req), visits.of(req)));
});
app.post("/broken", async (req) => {
  await signIn(visits.of(req));
  throw new Error("broken");
});
app.get("/stream", async (req, res) => {
  await count(visits.of(req));
  for await (const chunk of follow(visits.of(req))) res.write(chunk);
  res.end();
});
app.get("/late", async (req, res) => {
  for await (const chunk of startLate(visits.of(req))) res.write(chunk);
  res.end();
});
app.get("/redirect", async (req, res) => {
  await count(visits.of(req));
  res.redirect(303, "/show");
});
app.get("/theme", async (req, res) => {
  res.cookie("theme", "dark").send(await count(visits.of(req)));
});
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

export const listener: Express = app;
