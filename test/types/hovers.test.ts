import { expect, it } from "vitest";
import { hovers } from "../compiler.ts";

const MODULE = `
import { Router } from "itty-router";
import { z } from "zod";
import { cookieKey, defineSession, type Driver, type SessionRequest } from "zession";

export const visits = defineSession({
  name: "visits",
  key: z.string().min(1),
  value: z.number().int().nonnegative(),
  keyFn: (request) => request.headers.get("x-client-id"),
});
visits.session("a").find();
visits.store.upsert("a", 1, (n) => n + 1);
visits.middleware;
visits.wrap((request) => request.visits?.find());
visits.fromRequest;
Router().get("/", visits.middleware, (req) => req.visits);
export type Visited = SessionRequest<typeof visits>;

export const carts = defineSession({
  name: "carts",
  key: z.enum(["a", "b"]),
  value: z.object({ total: z.number().default(0) }),
  keyFn: async (request: Request & { ip?: string }, env: { tenant: "a" | "b" }) => env.tenant,
});
carts.session("a").insert({});
declare const eventual: Driver<false>;
export const weak = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a", driver: eventual });
weak.session("a");
export const users = defineSession({ name: "users", key: z.string(), value: z.object({ id: z.number(), message: z.string().optional() }), keyFn: cookieKey() });
users.wrap((request) => request.users.take("message"));
users.wrap((user) => user.users);
`;

const shown = [
  "export const visits",
  "visits.session",
  "visits.store",
  "visits.store.upsert",
  "visits.middleware",
  "visits.wrap((request) => request.visits",
  "visits.fromRequest",
  "(req) => req.visits",
  "export type Visited",
  "export const carts",
  "carts.session",
  'carts.session("a").insert',
  "export const weak",
  "weak.session",
  "export const users",
  "request.users.take",
  "user.users",
];

it("shows resolved types, in few lines, where the mouse rests", async () => {
  const page = hovers(MODULE, shown).map((text, index) => {
    expect(text.split("\n").length, text).toBeLessThanOrEqual(
      /carts|users/.test(shown[index] ?? "") ? 10 : 3,
    );
    expect(text).not.toMatch(/\bany\b|Zod|InferOutput|StandardSchema/);
    return `# ${shown[index]}\n${text}\n`;
  });
  await expect(page.join("\n")).toMatchFileSnapshot("hovers.txt");
});
