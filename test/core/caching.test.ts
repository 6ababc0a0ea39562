import { describe, expect, it } from "vitest";
import { cookieKey, defineSession, headerKey, memoryDriver, type SessionRequest } from "zession";
import { z } from "zod";
import { ORIGIN, tokenOf } from "../sessions/browser.ts";

const visits = defineSession({
  name: "visits",
  key: z.string(),
  value: z.number(),
  keyFn: cookieKey(),
  lifetime: { idle: "1h" },
  driver: memoryDriver(),
});

const PUBLIC = {
  "cache-control": "public, max-age=60, s-maxage=600",
  "cdn-cache-control": "max-age=600",
};

/** The headers of a page that is meant for caches, after `find` or `insert`. */
async function page(verb: "find" | "insert", cookie?: string, response?: Response) {
  const request = new Request(ORIGIN, cookie === undefined ? {} : { headers: { cookie } });
  const session = await visits.fromRequest(request);
  if (verb === "find") await session.find();
  else await session.insert(1);
  return visits.finalize(response ?? new Response("page", { headers: PUBLIC }), request).headers;
}

describe("what caches are told", () => {
  it("keeps a page private for which a live session was read, and leaves an anonymous visitor's public (S50)", async () => {
    const cookie = `__Host-visits=${tokenOf((await page("insert")).get("set-cookie"))}`;
    for (const response of [undefined, new Response("page"), Response.redirect(ORIGIN)]) {
      const headers = await page("find", cookie, response);
      expect(headers.get("cache-control")).toBe(response ? "private" : "max-age=60, private");
      expect(headers.has("cdn-cache-control")).toBe(false);
      expect(headers.get("vary")).toBe("Cookie");
    }
    for (const stranger of [undefined, `__Host-visits=${"a".repeat(43)}`]) {
      const headers = await page("find", stranger);
      expect(headers.get("cache-control")).toBe(PUBLIC["cache-control"]);
      expect(headers.get("cdn-cache-control")).toBe("max-age=600");
      expect(headers.get("vary")).toBe("Cookie");
    }
  });

  it("keeps a page out of every cache that sets a cookie, also of a CDN's (S50)", async () => {
    const headers = await page("insert");
    expect(headers.get("cache-control")).toBe("max-age=60, no-store");
    expect(headers.has("cdn-cache-control")).toBe(false);
    expect(headers.get("vary")).toBe("Cookie");
  });

  it("lets responses pass that cannot be copied (D18)", async () => {
    for (const verb of ["find", "insert"] as const) {
      const error = Response.error();
      expect(await page(verb, undefined, error)).toBe(error.headers);
      const upgrade = { status: 101, headers: error.headers } as Response;
      expect(await page(verb, undefined, upgrade)).toBe(upgrade.headers);
    }
  });

  it("counts every use of a session that one request opens more than once (S50)", async () => {
    const clients = defineSession({
      name: "client",
      key: z.string(),
      value: z.number(),
      keyFn: headerKey("X-Client-Id"),
      driver: memoryDriver(),
    });
    const openings = [clients.middleware, clients.fromRequest];
    for (const first of openings) {
      for (const second of openings) {
        const request = new Request(ORIGIN, { headers: { "x-client-id": "a" } });
        const opened = await first(request);
        const session = opened ?? (request as SessionRequest<typeof clients>).client;
        await session?.insert(1);
        await second(request);
        const { headers } = clients.finalize(new Response("page", { headers: PUBLIC }), request);
        expect(headers.get("cache-control")).toBe("max-age=60, private");
        expect(headers.get("vary")).toBe("X-Client-Id");
      }
    }
  });

  it("names the header that the key came from (S50)", async () => {
    const clients = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: headerKey("X-Client-Id"),
      driver: memoryDriver(),
    });
    const request = new Request(ORIGIN, { headers: { "x-client-id": "a" } });
    const session = await clients.fromRequest(request);
    await session?.insert(1);
    expect(clients.finalize(new Response(), request).headers.get("vary")).toBe("X-Client-Id");
  });
});
