import { H3, redirect } from "h3";
import {
  bodyOf,
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

const app = new H3({
  silent: true,
  onError: (error) => new Response("error page", { status: statusOf(error.cause) }),
});
app.get("/count", ({ req }) => count(visits.of(req)));
app.get("/show", ({ req }) => show(visits.of(req)));
app.post("/sign-in", ({ req, res }) => {
  res.headers.set("x-app", "kept");
  return signIn(visits.of(req));
});
app.post("/sign-out", ({ req }) => signOut(visits.of(req)));
app.get("/message", ({ req }) => message(visits.of(req)));
app.get("/cart", ({ req }) => fillCart(carts.of(req), visits.of(req)));
app.post("/broken", async ({ req }) => {
  await signIn(visits.of(req));
  throw new Error("broken");
});
app.get("/stream", async ({ req }) => {
  await count(visits.of(req));
  return bodyOf(follow(visits.of(req)));
});
app.get("/late", ({ req }) => bodyOf(startLate(visits.of(req))));
app.get("/redirect", async ({ req }) => {
  await count(visits.of(req));
  return redirect("/show", 303);
});
app.get("/theme", async ({ req, res }) => {
  res.headers.append("set-cookie", "theme=dark");
  return count(visits.of(req));
});
app.get("/static", () => "static");
app.post("/store/down", () => {
  store.inject("error");
  return "down";
});
app.post("/store/up", () => {
  store.heal();
  return "up";
});

export const fetch: (request: Request) => Promise<Response> = web.wrap((request) =>
  app.fetch(request),
);
