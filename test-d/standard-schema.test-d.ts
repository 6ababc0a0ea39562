// The same definition in four schema libraries: what follows, and what is refused.
import { type } from "arktype";
import { expectError, expectType } from "tsd";
import * as v from "valibot";
import { defineSession, type InferSession, type Session, type SessionRequest } from "zession";
import { z } from "zod";
import * as zm from "zod/mini";

interface Cart {
  sku: string;
  qty: number;
}
interface CartInput {
  sku: string;
  qty?: number | undefined;
}
const maybe = () => (Math.random() > 0.5 ? "a" : null);
const fn: () => void = () => {};

// zod
const zod = defineSession({
  key: z.enum(["a", "b"]),
  value: z.object({ sku: z.string(), qty: z.number().default(1) }),
  keyFn: () => "a",
});
expectType<Session<"a" | "b", Cart, CartInput>>({} as InferSession<typeof zod>);
expectType<Session<"a" | "b", Cart, CartInput>>({} as SessionRequest<typeof zod>["session"]);
expectType<Promise<Cart>>(zod.store.upsert("a", { sku: "x" }, (cart) => void cart.qty++));
const zodGuest = defineSession({ key: z.string(), value: z.number(), keyFn: maybe });
expectType<Session<string, number> | undefined>({} as SessionRequest<typeof zodGuest>["session"]);
expectError(zod.store.insert("c", { sku: "x" }));
expectError(zod.store.insert("a", { sku: 1 }));
expectError(defineSession({ key: z.enum(["a", "b"]), value: z.number(), keyFn: () => "c" }));
expectError(defineSession({ key: z.string(), value: z.custom<typeof fn>(), keyFn: maybe }));
expectError(
  defineSession({
    key: z.string(),
    value: z.object({ a: z.array(z.custom<typeof fn>()) }),
    keyFn: maybe,
  }),
);
expectError(defineSession({ key: z.string(), value: z.string().transform(Number), keyFn: maybe }));

// zod/mini
const mini = defineSession({
  key: zm.enum(["a", "b"]),
  value: zm.object({ sku: zm.string(), qty: zm._default(zm.number(), 1) }),
  keyFn: () => "a",
});
expectType<Session<"a" | "b", Cart, CartInput>>({} as InferSession<typeof mini>);
expectType<Promise<Cart>>(mini.store.upsert("a", { sku: "x" }, (cart) => void cart.qty++));
const miniGuest = defineSession({ key: zm.string(), value: zm.number(), keyFn: maybe });
expectType<Session<string, number> | undefined>({} as SessionRequest<typeof miniGuest>["session"]);
expectError(mini.store.insert("c", { sku: "x" }));
expectError(mini.store.insert("a", { sku: 1 }));
expectError(defineSession({ key: zm.enum(["a", "b"]), value: zm.number(), keyFn: () => "c" }));
expectError(
  defineSession({
    key: zm.string(),
    value: zm.object({ a: zm.custom<typeof fn>() }),
    keyFn: maybe,
  }),
);
expectError(
  defineSession({
    key: zm.string(),
    value: zm.pipe(zm.string(), zm.transform(Number)),
    keyFn: maybe,
  }),
);
const miniCodec = defineSession({
  key: zm.string(),
  value: zm.object({
    at: zm.codec(zm.string(), zm.date(), {
      decode: (it) => new Date(it),
      encode: (it) => it.toISOString(),
    }),
  }),
  keyFn: maybe,
});
expectType<Session<string, { at: Date }>>({} as InferSession<typeof miniCodec>);

// valibot
const valibot = defineSession({
  key: v.picklist(["a", "b"]),
  value: v.object({ sku: v.string(), qty: v.optional(v.number(), 1) }),
  keyFn: () => "a",
});
expectType<Session<"a" | "b", Cart, CartInput>>({} as InferSession<typeof valibot>);
expectType<Promise<Cart>>(valibot.store.upsert("a", { sku: "x" }, (cart) => void cart.qty++));
const valibotGuest = defineSession({ key: v.string(), value: v.number(), keyFn: maybe });
expectType<Session<string, number> | undefined>(
  {} as SessionRequest<typeof valibotGuest>["session"],
);
expectError(valibot.store.insert("c", { sku: "x" }));
expectError(valibot.store.insert("a", { sku: 1 }));
expectError(defineSession({ key: v.picklist(["a", "b"]), value: v.number(), keyFn: () => "c" }));
expectError(defineSession({ key: v.string(), value: v.object({ a: v.function() }), keyFn: maybe }));
expectError(
  defineSession({ key: v.string(), value: v.pipe(v.string(), v.transform(Number)), keyFn: maybe }),
);

// arktype
const arktype = defineSession({
  key: type("'a' | 'b'"),
  value: type({ sku: "string", qty: "number = 1" }),
  keyFn: () => "a",
});
expectType<Session<"a" | "b", Cart, { sku: string; qty?: number }>>(
  {} as InferSession<typeof arktype>,
);
expectType<Promise<Cart>>(arktype.store.upsert("a", { sku: "x" }, (cart) => void cart.qty++));
const arktypeGuest = defineSession({ key: type("string"), value: type("number"), keyFn: maybe });
expectType<Session<string, number> | undefined>(
  {} as SessionRequest<typeof arktypeGuest>["session"],
);
expectError(arktype.store.insert("c", { sku: "x" }));
expectError(arktype.store.insert("a", { sku: 1 }));
expectError(defineSession({ key: type("'a' | 'b'"), value: type("number"), keyFn: () => "c" }));
expectError(defineSession({ key: type("string"), value: type({ a: "Function" }), keyFn: maybe }));
expectError(
  defineSession({ key: type("string"), value: type("string.numeric.parse"), keyFn: maybe }),
);
