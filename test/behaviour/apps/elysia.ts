import { Elysia } from "elysia";
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

// Elysia compiles routes from text, which workerd refuses.
const app = new Elysia({ aot: navigator.userAgent !== "Cloudflare-Workers" })
  .onError(({ error }) => new Response("error page", { status: statusOf(error) }))
  .get("/count", ({ request }) => count(visits.of(request)))
  .get("/show", ({ request }) => show(visits.of(request)))
  .post("/sign-in", ({ request, set }) => {
    set.headers["x-app"] = "kept";
    return signIn(visits.of(request));
  })
  .post("/sign-out", ({ request }) => signOut(visits.of(request)))
  .get("/message", ({ request }) => message(visits.of(request)))
  .get("/cart", ({ request }) => fillCart(carts.of(request), visits.of(request)))
  .post("/broken", async ({ request }) => {
    await signIn(visits.of(request));
    throw new Error("broken");
  })
  .get("/stream", async function* ({ request }) {
    // A generator's head leaves with what it yields first.
    await count(visits.of(request));
    yield* follow(visits.of(request));
  })
  .get("/late", ({ request }) => new Response(bodyOf(startLate(visits.of(request)))))
  .get("/redirect", async ({ redirect, request }) => {
    await count(visits.of(request));
    return redirect(new URL("/show", request.url).href, 303);
  })
  .get("/theme", async ({ cookie, request }) => {
    cookie["theme"]?.set({ value: "dark" });
    return count(visits.of(request));
  })
  .get("/static", () => "static")
  .post("/store/down", () => {
    store.inject("error");
    return "down";
  })
  .post("/store/up", () => {
    store.heal();
    return "up";
  });

export const fetch: (request: Request) => Promise<Response> = web.wrap((request) =>
  app.handle(request),
);
