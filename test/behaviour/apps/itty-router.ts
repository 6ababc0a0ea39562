import { type IRequestStrict, Router, text } from "itty-router";
import {
  bodyOf,
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

const router = Router<IRequestStrict & typeof web.Request>({
  ...web.router,
  catch: (error: unknown) => text("error page", { status: statusOf(error) }),
});

router
  .get("/count", async ({ visits }) => text(await count(visits)))
  .get("/show", async ({ visits }) => text(await show(visits)))
  .post("/sign-in", async ({ visits }) =>
    text(await signIn(visits), { headers: { "x-app": "kept" } }),
  )
  .post("/sign-out", async ({ visits }) => text(await signOut(visits)))
  .get("/message", async ({ visits }) => text(await message(visits)))
  .get("/cart", async ({ carts, visits }) => text(await fillCart(carts, visits)))
  .post("/broken", async ({ visits }) => {
    await signIn(visits);
    throw new Error("broken");
  })
  .get("/stream", async ({ visits }) => {
    await count(visits);
    return new Response(bodyOf(follow(visits)));
  })
  .get("/late", ({ visits }) => new Response(bodyOf(startLate(visits))))
  .get("/redirect", async ({ url, visits }) => {
    await count(visits);
    return Response.redirect(new URL("/show", url), 303);
  })
  .get("/theme", async ({ visits }) =>
    text(await count(visits), { headers: { "set-cookie": "theme=dark" } }),
  )
  .get("/static", () => text("static"))
  .post("/store/down", () => {
    store.inject("error");
    return text("down");
  })
  .post("/store/up", () => {
    store.heal();
    return text("up");
  });

export const fetch: (request: Request) => Promise<Response> = (request) => router.fetch(request);
