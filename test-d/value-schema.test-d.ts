// Which schemas can describe a value, and what may be written and is read.
import { expectAssignable, expectError, expectType } from "tsd";
import { defineSession, type MaybePromise } from "zession";
import { z } from "zod";

const base = { key: z.string(), keyFn: () => "a" };

// Storable: plain and rich, at any depth.
const cart = defineSession({
  ...base,
  value: z.object({
    items: z.array(z.object({ sku: z.string(), qty: z.number() })),
    note: z.string().optional(),
    at: z.date(),
    tags: z.set(z.string()),
    prices: z.map(z.string(), z.bigint()),
    pair: z.tuple([z.string(), z.number().nullable()]),
    home: z.instanceof(URL),
    bytes: z.instanceof(Uint8Array),
  }),
});
expectType<Promise<Date | undefined>>(
  cart
    .session("a")
    .find()
    .then((it) => it?.at),
);
expectError(cart.store.insert("a", { items: [] }));
expectError(cart.store.update("a", (it) => ({ ...it, items: "none" })));

// A recursive schema.
const Category = z.object({
  name: z.string(),
  get children() {
    return z.array(Category);
  },
});
const tree = defineSession({ ...base, value: Category });
expectType<Promise<string | undefined>>(
  tree
    .session("a")
    .find()
    .then((it) => it?.children[0]?.children[0]?.name),
);

// JSON, whose type is a union that holds itself.
const json = defineSession({ ...base, value: z.json() });
json.store.insert("a", { list: [1, { deep: [null] }] });
expectError(json.store.insert("a", { at: new Date() }));
type Bad = string | (() => void) | Bad[] | { [key: string]: Bad };
expectError(defineSession({ ...base, value: z.custom<Bad>() }));

// What the types cannot see is left to the check at run time.
defineSession({ ...base, value: z.any() });
defineSession({ ...base, value: z.unknown() });
defineSession({ ...base, value: z.object({ anything: z.any() }) });

// Writes take the schema's input, reads give its output (B18).
const defaults = defineSession({ ...base, value: z.object({ qty: z.number().default(1) }) });
expectType<Promise<{ qty: number }>>(defaults.session("a").insert({}));
expectType<Promise<{ qty: number }>>(defaults.session("a").upsert({}, () => ({})));
expectError(defaults.session("a").insert({ qty: "1" }));

// An update of an object may give nothing; of a primitive it must give something; of either, maybe
// an object, too.
cart.store.update("a", (it) => {
  it.items.push({ sku: "a", qty: 1 });
});
cart.store.update("a", async (it) => {
  it.tags.add("b");
});
const list = defineSession({ ...base, value: z.array(z.number()) });
list.store.update("a", (it) => {
  it.push(1);
});
expectError(list.store.update("a", (it) => it.push(1)));
const text = defineSession({ ...base, value: z.string() });
expectError(text.store.update("a", () => {}));
expectError(text.store.update("a", async () => {}));
const optional = defineSession({ ...base, value: z.object({ n: z.number() }).nullable() });
expectError(optional.store.update("a", () => {}));
expectAssignable<
  (key: string, update: (current: string) => MaybePromise<string>) => Promise<string | undefined>
>(text.store.update);

// A read-only output can be updated by giving a new one.
const frozen = defineSession({ ...base, value: z.array(z.number()).readonly() });
expectType<Promise<readonly number[] | undefined>>(frozen.store.update("a", (it) => [...it, 1]));
expectError(frozen.store.update("a", (it) => void it.push(1)));

// Not storable.
expectError(defineSession({ ...base, value: z.function() }));
expectError(defineSession({ ...base, value: z.symbol() }));
expectError(defineSession({ ...base, value: z.promise(z.string()) }));
expectError(defineSession({ ...base, value: z.object({ a: z.custom<() => void>() }) }));
expectError(
  defineSession({ ...base, value: z.object({ a: z.array(z.object({ b: z.symbol() })) }) }),
);
expectError(
  defineSession({ ...base, value: z.map(z.string(), z.custom<WeakMap<object, string>>()) }),
);
expectError(defineSession({ ...base, value: z.set(z.custom<() => void>()) }));
expectError(defineSession({ ...base, value: z.tuple([z.string(), z.custom<() => void>()]) }));
expectError(defineSession({ ...base, value: z.union([z.string(), z.custom<() => void>()]) }));
expectError(defineSession({ ...base, value: z.object({ a: z.custom<() => void>().optional() }) }));
expectError(defineSession({ ...base, value: z.instanceof(ArrayBuffer) }));
expectError(defineSession({ ...base, value: z.custom<Promise<string>>() }));
expectError(defineSession({ ...base, value: z.custom<{ readUInt32BE(): number } & Uint8Array>() }));
expectError(defineSession({ ...base, value: z.custom<BigInt64Array>() }));

interface Menu {
  readonly title: string;
  readonly entries: readonly {
    readonly label: string;
    readonly open?: () => void;
    readonly more?: Menu;
  }[];
}
expectError(defineSession({ ...base, value: z.custom<Menu>() }));
defineSession({
  ...base,
  value: z.custom<{ readonly title: string; readonly more: readonly string[] }>(),
});
expectError(defineSession({ ...base, value: z.custom<{ file: Blob }>() }));
expectError(defineSession({ ...base, value: z.custom<{ body?: ReadableStream }>() }));

// Not able to read what it has written, or to tell a value from none.
expectError(defineSession({ ...base, value: z.string().transform(Number) }));
expectError(
  defineSession({ ...base, value: z.object({ at: z.string().transform((it) => new Date(it)) }) }),
);
expectError(defineSession({ ...base, value: z.string().optional() }));

// A codec lets the program see one form and the record hold another, alone and within a schema.
class Decimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  plus(other: Decimal): Decimal {
    return new Decimal(this.text + other.text);
  }
}
const decimal = z.codec(z.string(), z.instanceof(Decimal), {
  decode: (text) => new Decimal(text),
  encode: (it) => it.text,
});
const price = defineSession({ ...base, value: decimal });
expectType<Promise<Decimal | undefined>>(price.session("a").find());
expectType<Promise<Decimal>>(price.session("a").insert(new Decimal("1")));
expectError(price.session("a").insert("1"));
expectError(defineSession({ ...base, value: z.instanceof(Decimal) }));

const bill = defineSession({
  ...base,
  value: z.object({
    total: decimal,
    parts: z.array(z.object({ price: decimal.optional() })),
    byName: z.record(z.string(), decimal),
    pair: z.tuple([decimal, z.number()]),
    either: z.union([decimal, z.null()]),
    count: z.number().default(1),
  }),
});
expectType<Promise<Decimal | undefined>>(
  bill
    .session("a")
    .find()
    .then((it) => it?.parts[0]?.price),
);
expectError(
  bill.session("a").insert({
    total: "1",
    parts: [],
    byName: {},
    pair: [new Decimal("1"), 1],
    either: null,
    count: 1,
  }),
);

// Each by itself, at the edge of a schema.
defineSession({ ...base, value: z.array(decimal) });
defineSession({ ...base, value: z.map(z.string(), decimal) });
defineSession({ ...base, value: z.map(decimal, z.string()) });
defineSession({ ...base, value: z.set(decimal) });
defineSession({ ...base, value: decimal.nullable() });
defineSession({ ...base, value: z.object({ a: decimal.readonly() }) });
defineSession({
  ...base,
  value: z.intersection(z.object({ a: decimal }), z.object({ b: z.string() })),
});
defineSession({ ...base, value: z.lazy(() => z.object({ a: decimal })) });
defineSession({
  ...base,
  value: z.discriminatedUnion("kind", [z.object({ kind: z.literal("a"), a: decimal })]),
});
