import * as itty6 from "itty-router";
import * as itty5 from "itty-router-5";
import { describe, expect, it } from "vitest";
import { cookieKey, defineSession, type InferSession, type SessionRequest } from "zession";
import { z } from "zod";
import { Browser } from "../sessions/browser.ts";

const visits = defineSession({
  name: "visits",
  key: z.string().min(1),
  value: z.number().int(),
  keyFn: (request) => request.headers.get("x-client-id"),
});

let clients = 0;
const newClient = () => `itty-client-${++clients}`;
const get = (path: string, client?: string) =>
  new Request(
    `http://localhost${path}`,
    client === undefined ? {} : { headers: { "x-client-id": client } },
  );

type Visited = SessionRequest<typeof visits>;
const count = async (request: Visited) =>
  new Response(`${await request.visits?.upsert(1, (n) => n + 1)}`);
const kind = (request: Visited) =>
  new Response(request.visits === undefined ? "undefined" : typeof request.visits);

/**
 * What the tests use of a router. 6.0.0's own declarations lack a file, so its AutoRouter is `any`
 * to the compiler.
 */
interface TestRouter {
  get(path: string, ...handlers: ((request: Visited) => unknown)[]): unknown;
  fetch(request: Request): Promise<Response>;
}
interface Stages {
  before?: ((request: Visited) => unknown)[];
  catch?: (error: Error) => Response;
  finally?: ((response: unknown, request: Visited) => unknown)[];
}
const make = (factory: unknown) => factory as (stages: Stages) => TestRouter;

describe.each([
  ["itty-router 5.0.24, Router", make(itty5.Router)],
  ["itty-router 5.0.24, AutoRouter", make(itty5.AutoRouter)],
  ["itty-router 6.0.0, Router", make(itty6.Router)],
  ["itty-router 6.0.0, AutoRouter", make(itty6.AutoRouter)],
])("%s", (_, createRouter) => {
  it("hands the session to every route behind `before`", async () => {
    const router = createRouter({ before: [visits.middleware], finally: [visits.finalize] });
    router.get("/", count);
    const client = newClient();
    expect(await (await router.fetch(get("/", client))).text()).toBe("1");
    expect(await (await router.fetch(get("/", client))).text()).toBe("2");
    expect(await visits.store.find(client)).toBe(2);
  });

  it("keeps a session by cookie, whatever proxy the stages are handed", async () => {
    const own = defineSession({
      name: "visits",
      key: z.string(),
      value: z.number().int(),
      keyFn: cookieKey(),
    });
    const stages = { before: [own.middleware], finally: [own.finalize] } as unknown as Stages;
    const router = createRouter(stages);
    router.get("/:visits/rotate", async (request) => {
      await (request.visits as InferSession<typeof own>).rotate();
      return new Response("rotated");
    });
    router.get("/:visits", own.middleware as never, count);
    const browser = new Browser((request) => router.fetch(request));
    expect(await browser.text("/x")).toBe("1");
    expect(await browser.text("/x")).toBe("2");
    const { cookie } = browser;
    expect(await browser.text("/x/rotate")).toBe("rotated");
    expect(browser.cookie).not.toBe(cookie);
    expect(await browser.text("/x")).toBe("3");
  });

  it("hands the session to the handlers of one route behind the middleware", async () => {
    const router = createRouter({ finally: [visits.finalize] });
    router.get("/counted", visits.middleware, count);
    router.get("/plain", (request) => new Response(`${"visits" in request}`));
    expect(await (await router.fetch(get("/counted", newClient()))).text()).toBe("1");
    expect(await (await router.fetch(get("/plain", newClient()))).text()).toBe("false");
  });

  it("goes on to the routes: the middleware gives nothing back", async () => {
    const router = createRouter({ before: [visits.middleware, visits.middleware] });
    router.get("/", () => new Response("reached"));
    expect(await (await router.fetch(get("/"))).text()).toBe("reached");
  });

  it("gives undefined to a request without a key, which a proxied request can be asked for", async () => {
    const router = createRouter({ before: [visits.middleware] });
    router.get("/", kind);
    expect(await (await router.fetch(get("/"))).text()).toBe("undefined");
    expect(await (await router.fetch(get("/", newClient()))).text()).toBe("object");
  });

  it("lets no route parameter of the same name pass for a missing session", async () => {
    const others = (request: Visited) =>
      new Response(`${request.visits} ${JSON.stringify(Reflect.get(request, "params"))}`);
    const before = createRouter({ before: [visits.middleware] });
    before.get("/:visits/:id", others);
    expect(await (await before.fetch(get("/forged/7"))).text()).toBe('undefined {"id":"7"}');
    const onRoute = createRouter({});
    onRoute.get("/:visits/:id", visits.middleware, others);
    expect(await (await onRoute.fetch(get("/forged/7"))).text()).toBe('undefined {"id":"7"}');
    const wrapped = createRouter({});
    wrapped.get("/:visits/:id", others);
    const fetch = visits.wrap((request) => wrapped.fetch(request));
    expect(await (await fetch(get("/forged/7"))).text()).toBe('undefined {"id":"7"}');
  });

  it("lets none pass for either of two missing sessions", async () => {
    const carts = defineSession({
      name: "carts",
      key: z.string(),
      value: z.number(),
      keyFn: () => null,
    });
    for (const before of [
      [visits.middleware, carts.middleware],
      [carts.middleware, visits.middleware, carts.middleware],
    ]) {
      const router = createRouter({ before });
      router.get(
        "/:visits/:carts/:id",
        (request) =>
          new Response(
            `${request.visits} ${Reflect.get(request, "carts")} ${Reflect.get(request, "params").id}`,
          ),
      );
      expect(await (await router.fetch(get("/forged/too/7"))).text()).toBe("undefined undefined 7");
    }
  });

  it("keeps a route parameter of the same name beside a session that is there", async () => {
    const router = createRouter({ before: [visits.middleware] });
    router.get(
      "/:visits",
      (request) =>
        new Response(`${typeof request.visits} ${Reflect.get(request, "params").visits}`),
    );
    expect(await (await router.fetch(get("/mine", newClient()))).text()).toBe("object mine");
  });

  it("has no `bind` for the proxy to call, and no `then` for an await", async () => {
    const router = createRouter({ before: [visits.middleware] });
    router.get("/", async (request) => {
      const session = (await request.visits) as object;
      return new Response(`${"bind" in session} ${"then" in session}`);
    });
    expect(await (await router.fetch(get("/", newClient()))).text()).toBe("false false");
  });

  it("sends an error of ours to `catch` with its status, and still runs `finally`", async () => {
    const router = createRouter({
      before: [visits.middleware],
      catch: itty6.error,
      finally: [visits.finalize],
    });
    router.get("/invalid", async (request) => request.visits?.insert(0.5));
    const invalid = await router.fetch(get("/invalid", newClient()));
    expect(invalid.status).toBe(422);
    expect(await invalid.json()).toMatchObject({ code: "ERR_SESSION_INVALID_VALUE" });
    expect((await router.fetch(get("/invalid", ""))).status).toBe(400);
  });

  it("works for a whole router behind wrap", async () => {
    const router = createRouter({});
    router.get("/", count);
    const fetch = visits.wrap((request) => router.fetch(request));
    const client = newClient();
    await fetch(get("/", client));
    expect(await (await fetch(get("/", client))).text()).toBe("2");
  });
});
