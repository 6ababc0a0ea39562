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
users.fromRequest;

const Shop = z.object({
  items: z.array(z.object({ sku: z.string(), qty: z.number(), price: z.number() })),
  customer: z.object({ id: z.number(), email: z.string() }).optional(),
  status: z.enum(["open", "paid", "sent"]),
  created: z.date(),
  coupon: z.string().nullable(),
  total: z.number(),
});
export const cart = defineSession({ name: "cart", value: Shop, keyFn: cookieKey() });
cart.session;
cart.wrap((shopper) => shopper.cart.upsert(Shop.parse({}), (it) => it));
cart.wrap((shopping) => shopping.cart);

interface Order extends z.infer<typeof Shop> {}
const OrderSchema: z.ZodType<Order, Order> = Shop;
export const orders = defineSession({ name: "orders", value: OrderSchema, keyFn: cookieKey() });
orders.store;
orders.wrap((named) => named.orders);
orders.wrap((buyer) => buyer.orders.upsert(Shop.parse({}), (it) => { it.total++; }));
orders.wrap((payer) => payer.orders.rotate(Shop.parse({}), (it) => { it.status = "paid"; }));
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
  "users.fromRequest",
  "export const cart ",
  "cart.session;",
  "shopper.cart.upsert",
  "shopping.cart",
  "export const orders",
  "orders.store",
  "named.orders",
  "buyer.orders.upsert",
  "payer.orders.rotate",
];

/**
 * How many lines a hover may take: what those of a large value take, which is shown once. The
 * compiler shows it again for each parameter of a verb, unless it is named by an interface.
 */
function linesOf(text: string): number {
  if (text.includes("orders")) return 1;
  if (text === "shopper.cart.upsert") return 45;
  if (/cart|shopping/.test(text)) return 15;
  return /users/.test(text) ? 6 : 3;
}

it("shows resolved types, in few lines, where the mouse rests", async () => {
  const page = hovers(MODULE, shown).map((text, index) => {
    expect(text.split("\n").length, text).toBeLessThanOrEqual(linesOf(shown[index] ?? ""));
    expect(text).not.toMatch(/\bany\b|Zod|InferOutput|StandardSchema/);
    // What is short stands before the value, so that it is not cut off.
    if (text.includes("SessionDefinition<"))
      expect(text).toMatch(/SessionDefinition<"\w+", "(always|optional|issued)", (true|false), /);
    return `# ${shown[index]}\n${text}\n`;
  });
  await expect(page.join("\n")).toMatchFileSnapshot("hovers.txt");
});
