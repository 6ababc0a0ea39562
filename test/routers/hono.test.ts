import { Hono, type MiddlewareHandler } from "hono";
import { describe, expect, it } from "vitest";
import { combine, cookieKey, defineSession } from "zession";
import { honoSession } from "zession/routers/hono";
import { z } from "zod";

const define = <Name extends string>(name: Name) =>
  defineSession({ name, value: z.object({ user: z.string() }), keyFn: cookieKey() });

describe("honoSession", () => {
  it("puts no cookie on a response that the program returns to others too (S50, S51)", async () => {
    const users = define("users");
    const carts = define("carts");
    const mounts: MiddlewareHandler[] = [honoSession(users), honoSession(combine(users, carts))];
    for (const mount of mounts) {
      const empty = new Response(null, { status: 204, headers: { "x-own": "1" } });
      const app = new Hono()
        .use(mount)
        .get("/in", async (c) => {
          await users.of(c.req.raw)?.rotate({ user: "ann" }, (value) => value);
          return empty;
        })
        .get("/ping", () => empty);
      const signedIn = await app.request("/in");
      expect(signedIn.headers.getSetCookie()).toHaveLength(1);
      expect([signedIn.status, signedIn.headers.get("x-own")]).toEqual([204, "1"]);
      const other = await app.request("/ping");
      expect(other.headers.getSetCookie()).toEqual([]);
      expect(other.headers.get("x-own")).toBe("1");
    }
  });

  it("gives the session to an app that is called with the request of another app", async () => {
    const users = define("users");
    const inner = new Hono().use(honoSession(users)).get("/name", async (c) => {
      return c.text(`${(await c.var.users.find())?.user}`);
    });
    const outer = new Hono()
      .use(honoSession(users))
      .use(async (c, next) => {
        await c.var.users.insert({ user: "ann" });
        await next();
      })
      .all("/*", (c) => inner.fetch(c.req.raw));
    const response = await outer.request("/name");
    expect(await response.text()).toBe("ann");
    expect(response.headers.getSetCookie()).toHaveLength(1);
    const wrapped = users.wrap((request) => inner.fetch(request));
    expect(await (await wrapped(new Request("https://shop.example/name"))).text()).toBe(
      "undefined",
    );
  });
});
