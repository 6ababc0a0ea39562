import { Hono } from "hono";
import { stream } from "hono/streaming";
import { honoSession } from "zession/routers/hono";
import {
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
  web,
} from "../site.ts";

const app = new Hono()
  .use(honoSession(web))
  .get("/count", async (c) => c.text(await count(c.var.visits)))
  .get("/show", async (c) => c.text(await show(c.var.visits)))
  .post("/sign-in", async (c) => {
    c.header("x-app", "kept");
    return c.text(await signIn(c.var.visits));
  })
  .post("/sign-out", async (c) => c.text(await signOut(c.var.visits)))
  .get("/message", async (c) => c.text(await message(c.var.visits)))
  .get("/cart", async (c) => c.text(await fillCart(c.var.carts, c.var.visits)))
  .post("/broken", async (c) => {
    await signIn(c.var.visits);
    throw new Error("broken");
  })
  .get("/stream", async (c) => {
    await count(c.var.visits);
    return stream(c, async (out) => {
      for await (const chunk of follow(c.var.visits)) await out.write(chunk);
    });
  })
  .get("/late", (c) =>
    stream(c, async (out) => {
      for await (const chunk of startLate(c.var.visits)) await out.write(chunk);
    }),
  )
  .get("/redirect", async (c) => {
    await count(c.var.visits);
    return Response.redirect(new URL("/show", c.req.url), 303);
  })
  .get("/theme", async (c) => {
    c.header("set-cookie", "theme=dark", { append: true });
    return c.text(await count(c.var.visits));
  })
  .get("/static", (c) => c.text("static"))
  .post("/store/down", (c) => {
    store.inject("error");
    return c.text("down");
  })
  .post("/store/up", (c) => {
    store.heal();
    return c.text("up");
  });
app.onError((error, c) => c.text("error page", statusOf(error) as 500));

export const fetch: (request: Request) => Response | Promise<Response> = (request) =>
  app.fetch(request);
