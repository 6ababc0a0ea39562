// What the programs of this folder share.
import type { Request as ExpressRequest } from "express";
import {
  bearerKey,
  type CookieJar,
  combine,
  cookieKey,
  type Driver,
  defineSession,
  headerKey,
} from "zession";
import { states } from "zession/states";
import { z } from "zod";

/** Holds only if the value has exactly this type. */
export function exactly<Expected>(): <Actual>(
  value: Actual,
  ...differs: Same<Actual, Expected> extends true ? [] : ["the type differs"]
) => void {
  return () => {};
}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** What the compiler cannot decide. */
export const maybe: boolean = Math.random() > 2;
export const request: Request = new Request("https://example.com");
export const jar: CookieJar = { get: () => undefined, set: () => {} };
export const key = z.string();
export const keyFn = (): string => "a";

export const counts = defineSession({ name: "counts", key, keyFn, value: z.number() });
export const notes = defineSession({ name: "notes", key, keyFn, value: z.string() });
export const tags = defineSession({ name: "tags", key, keyFn, value: z.array(z.string()) });
export const guests = defineSession({
  name: "guests",
  key,
  keyFn: (it) => it.headers.get("a"),
  value: z.number(),
});
export const carts = defineSession({
  name: "carts",
  key,
  keyFn,
  value: z.object({ items: z.array(z.object({ sku: z.string(), qty: z.number() })) }),
});
export const users = defineSession({
  name: "users",
  keyFn: cookieKey(),
  value: z.object({ id: z.number().optional(), message: z.string().optional() }),
});
export const hits = defineSession({ name: "hits", keyFn: cookieKey(), value: z.number() });
/** What is written differs from what is read. */
export const settings = defineSession({
  name: "settings",
  key,
  keyFn,
  value: z.object({ theme: z.enum(["dark", "light"]).default("light"), size: z.number() }),
});
/** The same people may come and go in these states. */
export const visitorValue = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("guest"), cart: z.array(z.string()) }),
  z.object({ kind: z.literal("pending"), cart: z.array(z.string()), code: z.string() }),
  z.object({ kind: z.literal("user"), cart: z.array(z.string()), id: z.string() }),
]);
export const visitors = defineSession({
  name: "visitors",
  keyFn: cookieKey(),
  value: visitorValue,
});
export const callers = defineSession({ name: "callers", key, keyFn, value: visitorValue });
export const visitor = states(visitors, "kind", {
  guest: ["pending"],
  pending: ["user", "guest"],
  user: ["guest"],
});
export const caller = states(callers, "kind", {
  guest: ["pending"],
  pending: ["user", "guest"],
  user: ["guest"],
});
export const members = defineSession({
  name: "members",
  keyFn: cookieKey(),
  privileged: ["user", "roles"],
  value: z.object({
    cart: z.array(z.string()),
    note: z.string().optional(),
    user: z.object({ id: z.number(), emails: z.array(z.string()) }).optional(),
    roles: z.array(z.string()).optional(),
  }),
});
export const places = defineSession({
  name: "places",
  key: z.object({ tenant: z.string(), user: z.string().optional() }),
  keyFn: () => ({ tenant: "a" }),
  value: z.number(),
});
export const tenants = defineSession({
  name: "tenants",
  key: z.tuple([z.string(), z.number()]),
  keyFn: (_: Request, env: { tenant: string }) => [env.tenant, 1],
  value: z.number(),
});
export const languages = defineSession({
  name: "languages",
  key: z.enum(["de", "en"]),
  keyFn: () => "de",
  value: z.number(),
});
export const devices = defineSession({
  name: "devices",
  key,
  keyFn: headerKey("x-device"),
  value: z.number(),
});
export const tokens = defineSession({
  name: "tokens",
  key,
  keyFn: bearerKey(),
  value: z.number(),
});
export const clients = defineSession({
  name: "clients",
  key,
  keyFn: (it: ExpressRequest) => it.get("x-id"),
  value: z.number(),
});
/** Six levels of nesting. */
export const deep = defineSession({
  name: "deep",
  key,
  keyFn,
  value: z.object({
    a: z.object({
      b: z.object({ c: z.object({ d: z.object({ e: z.object({ f: z.number() }) }) }) }),
    }),
  }),
});
export const eventual: Driver<false> = {
  atomic: false,
  read: () => undefined,
  write: () => ({ written: true, version: 1 }),
  remove: () => true,
};
export const weak = defineSession({
  name: "weak",
  key,
  keyFn,
  value: z.object({ n: z.number().optional() }),
  driver: eventual,
});
export const web = combine(users, carts);
