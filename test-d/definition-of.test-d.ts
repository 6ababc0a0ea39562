// The type of a definition, written out for an exported signature.

import { expectError, expectType } from "tsd";
import { cookieKey, type DefinitionOf, defineSession } from "zession";
import { z } from "zod";

const value = z.object({ id: z.number().optional(), items: z.array(z.string()).default([]) });
type Cart = z.output<typeof value>;
const key = z.string();

const cart = defineSession({ name: "cart", value, keyFn: cookieKey() });
type Carts = DefinitionOf<{
  name: "cart";
  value: Cart;
  input: z.input<typeof value>;
  session: "issued";
}>;
expectType<Carts>(cart);
export const carts: Carts = defineSession({ name: "cart", value, keyFn: cookieKey() });

expectType<DefinitionOf<{ value: number }>>(
  defineSession({ key, value: z.number(), keyFn: () => "a" }),
);
expectType<
  DefinitionOf<{
    name: "visits";
    key: "a" | "b";
    value: number;
    request: Request & { ip?: string };
    args: [env: { tenant: "a" }];
    session: "optional";
  }>
>(
  defineSession({
    name: "visits",
    key: z.enum(["a", "b"]),
    value: z.number(),
    keyFn: (request: Request & { ip?: string }, env: { tenant: "a" }) =>
      request.ip === undefined ? null : env.tenant,
  }),
);
expectType<
  DefinitionOf<{
    value: Cart;
    input: z.input<typeof value>;
    session: { readonly privileged: "id" };
  }>
>(defineSession({ value, keyFn: cookieKey(), privileged: ["id"] }));

expectError<DefinitionOf<{ value: string }>>(
  defineSession({ key, value: z.number(), keyFn: () => "a" }),
);
expectError<DefinitionOf<{ name: "carts"; value: number }>>(
  defineSession({ key, value: z.number(), keyFn: () => "a" }),
);
expectError<DefinitionOf<{ name: "carts" }>>(cart);
