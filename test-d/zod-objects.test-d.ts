// Objects of zod: the compiler looks at their fields, where these tell all that is stored.
import { expectError, expectType } from "tsd";
import { defineSession, type Session } from "zession";
import { z } from "zod";
import * as mini from "zod/mini";

const key = z.string();
const keyFn = () => "a";

// Without transforms there is one type of value.
const plain = defineSession({
  key,
  keyFn,
  value: z.object({ items: z.array(z.object({ sku: z.string() })), note: z.string().optional() }),
});
type Plain = { items: { sku: string }[]; note?: string | undefined };
expectType<Session<string, Plain>>(plain.session("a"));
const strict = defineSession({ key, keyFn, value: z.strictObject({ sku: z.string() }) });
expectType<Session<string, { sku: string }>>(strict.session("a"));
const small = defineSession({ key, keyFn, value: mini.object({ sku: mini.string() }) });
expectType<Session<string, { sku: string }>>(small.session("a"));

// A default may be left out, at every depth.
const withDefault = defineSession({
  key,
  keyFn,
  value: z.object({ at: z.object({ items: z.array(z.string()).default([]) }).optional() }),
});
withDefault.session("a").insert({ at: {} });
expectError(withDefault.session("a").insert({ at: { item: [] } }));
expectError(plain.session("a").insert({}));

// So may the brand of an object, an array, or what may be missing.
const branded = defineSession({ key, keyFn, value: z.object({ a: z.number() }).brand<"Cart">() });
branded.session("a").insert({ a: 1 });
const brandedParts = defineSession({
  key,
  keyFn,
  value: z.object({
    list: z.array(z.string()).brand<"List">(),
    owner: z.object({ id: z.number() }).optional().brand<"Owner">(),
    at: z.object({ x: z.number() }).nullable().brand<"At">(),
  }),
});
brandedParts.session("a").insert({ list: ["a"], owner: { id: 1 }, at: null });

// Further fields of any name are checked too.
const loose = defineSession({ key, keyFn, value: z.looseObject({ a: z.number() }) });
loose.session("a").insert({ a: 1, b: 2 });
const rest = defineSession({ key, keyFn, value: z.object({ a: z.number() }).catchall(z.number()) });
rest.session("a").insert({ a: 1, b: 2 });
expectError(rest.session("a").insert({ a: 1, b: "2" }));
expectError(defineSession({ key, keyFn, value: z.object({}).catchall(z.custom<() => void>()) }));

// What cannot be stored is found at every depth, and so is a transform without a way back.
const tag: unique symbol = Symbol("tag");
expectError(defineSession({ key, keyFn, value: z.object({ [tag]: z.string() }) }));
expectError(
  defineSession({
    key,
    keyFn,
    value: z.object({ a: z.array(z.object({ b: z.custom<() => void>() }).nullable()).optional() }),
  }),
);
expectError(
  defineSession({ key, keyFn, value: z.object({ a: z.array(z.string().transform(Number)) }) }),
);
expectError(
  defineSession({
    key,
    keyFn,
    value: z.object({ a: z.string().pipe(z.string().exactOptional()) }),
  }),
);

// Recursive objects, too, and those deeper than the fields are followed.
const Tree = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree);
  },
});
const trees = defineSession({ key, keyFn, value: Tree });
trees.session("a").insert({ name: "a", children: [{ name: "b", children: [] }] });
expectError(trees.session("a").insert({ name: "a", children: [{ name: 1, children: [] }] }));
const d = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape);
const at = { key, keyFn };
const deep = d({
  a: d({ a: d({ a: d({ a: d({ a: d({ a: d({ a: d({ a: z.date() }) }) }) }) }) }) }),
});
expectType<Date | undefined>(
  (
    await defineSession({ ...at, value: deep })
      .session("a")
      .find()
  )?.a.a.a.a.a.a.a.a,
);
const never = z.custom<() => void>();
expectError(
  defineSession({
    ...at,
    value: d({ a: d({ a: d({ a: d({ a: d({ a: d({ a: d({ a: d({ a: never }) }) }) }) }) }) }) }),
  }),
);
