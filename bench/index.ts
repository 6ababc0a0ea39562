// What a session costs beside the same work written by hand, in one run, alternating.
import { error, Router } from "itty-router";
import { defineSession } from "zession";
import { z } from "zod";
import { byHand } from "./by-hand.ts";
import { compare } from "./compare.ts";

const countSchema = z.number().int();
const cartSchema = z.object({
  id: z.string(),
  currency: z.enum(["EUR", "USD"]),
  note: z.string().optional(),
  items: z.array(
    z.object({ sku: z.string(), name: z.string(), qty: z.number().int(), price: z.number() }),
  ),
});
type Cart = z.infer<typeof cartSchema>;
const cart: Cart = {
  id: "cart-1",
  currency: "EUR",
  items: Array.from({ length: 10 }, (_, i) => ({
    sku: `sku-${i}-000${i}`,
    name: `A product named ${i} of some length`,
    qty: i,
    price: i * 9.5,
  })),
};

const key = z.string().min(1);
const keyFn = (request: Request): string | null => request.headers.get("x-client-id");
const counts = defineSession({ name: "counts", key, value: countSchema, keyFn });
const carts = defineSession({ name: "carts", key, value: cartSchema, keyFn });
const handCounts = byHand(countSchema);
const handCarts = byHand(cartSchema);
const increment = (n: number): number => n + 1;
// A change that can be seen, so that there is something to write.
let changes = 0;
const change = (it: Cart): Cart => {
  if (it.items[0]) it.items[0].qty = ++changes;
  return it;
};

await counts.store.insert("a", 1);
await handCounts.upsert("a", 1, increment);
await carts.store.insert("a", cart);
await handCarts.upsert("a", cart, change);
const count = counts.session("a");
const cartOf = carts.session("a");

console.log(
  `Node ${process.version}; medians of alternating rounds; a cart is ${JSON.stringify(cart).length} bytes of JSON\n`,
);
await compare("find, a number", {
  zession: () => count.find(),
  "by hand": () => handCounts.find("a"),
});
await compare("find, a cart", {
  zession: () => cartOf.find(),
  "by hand": () => handCarts.find("a"),
});
await compare("upsert, a number", {
  zession: () => count.upsert(1, increment),
  "by hand": () => handCounts.upsert("a", 1, increment),
});
await compare("upsert, a cart", {
  zession: () => cartOf.upsert(cart, change),
  "by hand": () => handCarts.upsert("a", cart, change),
});

// A request through itty-router: what the session adds to the router's own work.
const bare = Router({ catch: error });
bare.get("/", () => new Response("ok"));
const untouched = Router({ before: [counts.middleware], catch: error, finally: [counts.finalize] });
untouched.get("/", () => new Response("ok"));
const counted = Router({ catch: error, finally: [counts.finalize] });
counted.get("/", counts.middleware, async (request) => {
  await request.counts?.upsert(1, increment);
  return new Response("ok");
});
const request = (): Request =>
  new Request("http://localhost/", { headers: { "x-client-id": "a" } });
await compare("a request through itty-router", {
  "session, one upsert": () => counted.fetch(request()),
  "session, not touched": () => untouched.fetch(request()),
  "no session": () => bare.fetch(request()),
});

// Whether a verb costs more among a million sessions than among a thousand. A bare map does too: more of it is out of cache.
for (const size of [1e3, 1e4, 1e5, 1e6]) {
  const many = defineSession({ name: "many", key, value: countSchema, keyFn });
  const handMany = byHand(countSchema);
  for (let i = 0; i < size; i++) {
    await many.store.insert(`key-${i}`, i);
    await handMany.upsert(`key-${i}`, i, increment);
  }
  let turn = 0;
  const some = (): string => {
    turn = (turn + 7919) % size;
    return `key-${turn}`;
  };
  await compare(`upsert, a number among ${size.toLocaleString("en")} sessions`, {
    zession: () => many.store.upsert(some(), 1, increment),
    "by hand": () => handMany.upsert(some(), 1, increment),
  });
  await many.close();
}
