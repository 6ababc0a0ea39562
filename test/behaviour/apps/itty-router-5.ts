import { AutoRouter, type IRequestStrict, text } from "itty-router-5";
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

const router = AutoRouter<IRequestStrict & typeof web.Request>({
  ...web.router,
  format: text,
  catch: (error: unknown) => text("error page", { status: statusOf(error) }),
});

router
  .get("/count", ({ visits }) => count(visits))
  .get("/show", ({ visits }) => show(visits))
  .post("/sign-in", async ({ visits }) =>
    text(await signIn(visits), { headers: { "x-app": "kept" } }),
  )
  .post("/sign-out", ({ visits }) => signOut(visits))
  .get("/message", ({ visits }) => message(visits))
  .get("/cart", ({ carts, visits }) => fillCart(carts, visits))
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
  .get("/static", () => "static")
  .post("/store/down", () => {
    store.inject("error");
    return "down";
  })
  .post("/store/up", () => {
    store.heal();
    return "up";
  });

export const fetch: (request: Request) => Promise<Response> = (request) => router.fetch(request);
