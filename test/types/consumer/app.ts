// What a user's project looks like to the compiler: the built package, its peers, nothing of this
// repository's settings.
import * as v from "valibot";
import {
  type Driver,
  defineSession,
  type InferKey,
  type InferSession,
  type InferValue,
  isSessionError,
  memoryDriver,
  type SessionRequest,
} from "zession";
import { describeDriver } from "zession/testing";
import { z } from "zod";

export const carts = defineSession({
  name: "carts",
  key: z.uuid(),
  value: z.object({ items: z.array(z.object({ sku: z.string(), added: z.date() })).default([]) }),
  keyFn: (request) => request.headers.get("x-cart"),
  lifetime: { idle: "30m" },
  driver: memoryDriver({ maxEntries: 1000 }),
});
export const tenants = defineSession({
  key: v.tuple([v.string(), v.number()]),
  value: v.map(v.string(), v.bigint()),
  keyFn: (_request: Request & { ip?: string }, env: { id: number }) => ["a", env.id],
});

export type Id = InferKey<typeof carts>;
export type Cart = InferValue<typeof carts>;
export type Carts = InferSession<typeof carts>;

export async function add(session: Carts, sku: string): Promise<Cart> {
  return session.upsert({ items: [{ sku, added: new Date() }] }, (cart) => {
    cart.items.push({ sku, added: new Date() });
  });
}

export const fetch: (request: Request) => Promise<Response> = carts.wrap(async (request) => {
  try {
    const cart = request.carts && (await add(request.carts, "a"));
    return Response.json(cart ?? null);
  } catch (error) {
    return new Response(null, { status: isSessionError(error) ? error.status : 500 });
  }
});

export const both = (request: SessionRequest<typeof carts> & SessionRequest<typeof tenants>) =>
  request.carts?.key ?? request.session.key[0];

export const driver: Driver = memoryDriver();
export const prove = (runner: { describe: typeof describe; it: typeof it }): void =>
  describeDriver("mine", () => driver, runner);
declare const describe: (name: string, define: () => void) => void;
declare const it: (name: string, run: () => Promise<void>) => void;

// @ts-expect-error: a number is no cart
carts.store.insert("a", 1);
// @ts-expect-error: keyFn gives a number for a key of text
defineSession({ key: z.string(), value: z.number(), keyFn: () => 1 });
