import { describe, expect, it } from "vitest";
import { cookieKey, defineSession, UsageError } from "zession";
import { z } from "zod";

const visits = defineSession({
  name: "visits",
  key: z.string(),
  value: z.number(),
  keyFn: (request) => request.headers.get("x-client-id"),
});
const carts = defineSession({ name: "carts", value: z.number(), keyFn: cookieKey() });
const request = (headers: Record<string, string> = {}) =>
  new Request("https://shop.example", { headers });

describe("of", () => {
  it("returns the session that the middleware has set on the request", async () => {
    const one = request({ "x-client-id": "of" });
    await visits.middleware(one);
    expect(visits.of(one)).toBe((one as unknown as { visits: unknown }).visits);
    expect(visits.of(one)?.key).toBe("of");
  });

  it("returns undefined where the middleware has found no session", async () => {
    const one = request();
    await visits.middleware(one);
    expect(visits.of(one)).toBeUndefined();
  });

  it("returns the session behind wrap, and the one of fromRequest", async () => {
    await carts.wrap(async (it) => {
      expect(carts.of(it)).toBe(it.carts);
      return new Response();
    })(request());
    const one = request();
    const session = await carts.fromRequest(one);
    expect(carts.of(one)).toBe(session);
  });

  it("throws a sentence where no middleware of the definition has run", async () => {
    const one = request();
    await carts.middleware(one);
    const nothing = [undefined, null, "", 5] as unknown as object[];
    for (const other of [one, {}, Object.assign(request(), { visits: 5 }), ...nothing]) {
      expect(() => visits.of(other)).toThrow(UsageError);
      expect(() => visits.of(other)).toThrow(/No middleware of the session "visits" has run/);
      expect(() => visits.of(other)).toThrow(/mount "wrap", .* expressSession, fastifySession or/);
    }
  });
});
