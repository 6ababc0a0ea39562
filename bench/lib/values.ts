import { z } from "zod";

const item = z.object({
  sku: z.string(),
  name: z.string(),
  qty: z.number().int(),
  price: z.number(),
});
const items = (count: number): Cart["items"] =>
  Array.from({ length: count }, (_, i) => ({
    sku: `sku-${i}-000${i}`,
    name: `A product named ${i} of some length`,
    qty: i,
    price: i * 9.5,
  }));
const cart = z.object({ currency: z.enum(["EUR", "USD"]), items: z.array(item) });
const richSchema = cart.extend({
  openedAt: z.date(),
  tags: z.set(z.string()),
  prices: z.map(z.string(), z.object({ amount: z.bigint(), since: z.date() })),
});

/** A value, and what a program changes in it. */
export interface Case<Value> {
  readonly schema: z.ZodType<Value>;
  readonly value: Value;
  /** Changes the value so that there is something to write. */
  readonly change: (value: Value, turn: number) => Value;
  /** Whether JSON by itself has room for it. */
  readonly isJson: boolean;
}

interface Cart {
  currency: "EUR" | "USD";
  items: { sku: string; name: string; qty: number; price: number }[];
}
interface RichCart extends Cart {
  openedAt: Date;
  tags: Set<string>;
  prices: Map<string, { amount: bigint; since: Date }>;
}
const changeCart = <Value extends Cart>(value: Value, turn: number): Value => {
  if (value.items[0]) value.items[0].qty = turn;
  return value;
};

export const number: Case<number> = {
  schema: z.number().int(),
  value: 1,
  change: (_, turn) => turn,
  isJson: true,
};
export const smallCart: Case<Cart> = {
  schema: cart,
  value: { currency: "EUR", items: items(10) },
  change: changeCart,
  isJson: true,
};
export const richCart: Case<RichCart> = {
  schema: richSchema,
  value: {
    ...smallCart.value,
    openedAt: new Date(0),
    tags: new Set(["new", "gift"]),
    prices: new Map(
      items(10).map(({ sku }, i) => [sku, { amount: BigInt(i), since: new Date(i) }]),
    ),
  },
  change: changeCart,
  isJson: false,
};
export const largeCart: Case<Cart> = {
  schema: cart,
  value: { currency: "EUR", items: items(720) },
  change: changeCart,
  isJson: true,
};
