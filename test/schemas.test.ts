import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { defineSession, InvalidKeyError, InvalidValueError, type Store } from "zession";
import { z } from "zod";
import * as zm from "zod/mini";

const options = { keyFn: () => "client-1" } as const;

// One definition in four schema libraries: a key of at least three characters, a cart with a
// default.
const definitions = {
  zod: defineSession({
    ...options,
    key: z.string().min(3),
    value: z.object({ sku: z.string(), qty: z.number().int().default(1) }),
  }),
  "zod/mini": defineSession({
    ...options,
    key: zm.string().check(zm.minLength(3)),
    value: zm.object({ sku: zm.string(), qty: zm._default(zm.int(), 1) }),
  }),
  valibot: defineSession({
    ...options,
    key: v.pipe(v.string(), v.minLength(3)),
    value: v.object({ sku: v.string(), qty: v.optional(v.pipe(v.number(), v.integer()), 1) }),
  }),
  arktype: defineSession({
    ...options,
    key: type("string >= 3"),
    value: type({ sku: "string", qty: "number.integer = 1" }),
  }),
};

describe.each(Object.keys(definitions) as (keyof typeof definitions)[])(
  "a session defined with %s",
  (library) => {
    // The four have the same key, value and written type, so that one call serves all.
    const { session, store } = definitions[library] as (typeof definitions)["zod"];

    it("takes the schema's input and gives its output", async () => {
      expect(await session("client-1").insert({ sku: "a" })).toEqual({ sku: "a", qty: 1 });
      expect(await store.update("client-1", (cart) => void cart.qty++)).toEqual({
        sku: "a",
        qty: 2,
      });
      expect(await session("client-1").find()).toEqual({ sku: "a", qty: 2 });
    });

    it("refuses a value with the library's issues, and a key", async () => {
      const error = await store
        .insert("client-1", { sku: "a", qty: 0.5 })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidValueError);
      const [issue] = (error as InvalidValueError).issues;
      const segment = issue?.path?.[0];
      expect(typeof segment === "object" ? segment.key : segment).toBe("qty");
      await expect(store.find("a")).rejects.toBeInstanceOf(InvalidKeyError);
    });
  },
);

describe("an asynchronous value schema", () => {
  it("is awaited at writing and reading", async () => {
    const { session } = defineSession({
      ...options,
      key: z.string(),
      value: v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => text !== "taken"),
      ),
    });
    const it = session("a");
    expect(await it.upsert("free", (text) => `${text}!`)).toBe("free");
    expect(await it.upsert("free", (text) => `${text}!`)).toBe("free!");
    await expect(it.insert("taken")).rejects.toBeInstanceOf(InvalidValueError);
    expect(await it.find()).toBe("free!");
  });
});

// Right programs: each compiles as it stands, and keeps its value.
const base = { key: z.string(), ...options };
const Color = { Red: "red", Blue: "blue" } as const;
const Tree = z.object({
  v: z.string(),
  get l() {
    return Tree.optional();
  },
  get r() {
    return z.array(Tree);
  },
});
const kinds: [{ readonly store: unknown }, unknown][] = [
  [defineSession({ ...base, value: z.json() }), { a: [1, { b: null }] }],
  [defineSession({ ...base, value: z.record(z.string(), z.unknown()) }), { a: new Date(0) }],
  [defineSession({ ...base, value: z.looseObject({ a: z.string() }) }), { a: "x", q: 1 }],
  [defineSession({ ...base, value: z.strictObject({ a: z.string().optional() }) }), {}],
  [
    defineSession({
      ...base,
      value: z.discriminatedUnion("t", [
        z.object({ t: z.literal("a"), n: z.number() }),
        z.object({ t: z.literal("b"), d: z.date() }),
      ]),
    }),
    { t: "b", d: new Date(0) },
  ],
  [defineSession({ ...base, value: z.enum(Color) }), "red"],
  [defineSession({ ...base, value: z.stringbool() }), true],
  [defineSession({ ...base, value: z.object({ b: z.stringbool() }) }), { b: false }],
  [defineSession({ ...base, value: z.iso.datetime() }), "2020-01-01T00:00:00Z"],
  [defineSession({ ...base, value: z.tuple([z.string()], z.number()) }), ["a", 1, 2]],
  [defineSession({ ...base, value: z.templateLiteral(["a-", z.number()]) }), "a-5"],
  [
    defineSession({
      ...base,
      value: z.intersection(z.object({ a: z.string() }), z.object({ b: z.date() })),
    }),
    { a: "x", b: new Date(0) },
  ],
  [defineSession({ ...base, value: z.object({}) }), {}],
  [defineSession({ ...base, value: Tree }), { v: "a", r: [{ v: "b", r: [] }] }],
  [defineSession({ ...base, value: z.array(z.any()) }), [1, "a"]],
  [
    defineSession({ ...base, value: z.map(z.string(), z.set(z.number())) }),
    new Map([["a", new Set([1])]]),
  ],
  [defineSession({ ...base, value: z.object({ a: z.string() }).readonly() }), { a: "x" }],
  [defineSession({ ...base, value: z.object({ a: z.string() }).brand<"X">() }), { a: "x" }],
  [defineSession({ ...base, value: z.coerce.date() }), new Date(0)],
  [defineSession({ ...base, value: z.object({ a: z.coerce.number() }).partial() }), { a: 5 }],
  [defineSession({ ...base, value: z.nan() }), Number.NaN],
  [defineSession({ ...base, value: z.union([z.string(), z.number(), z.null()]) }), null],
  [defineSession({ ...base, value: z.partialRecord(z.enum(["a", "b"]), z.number()) }), { a: 1 }],
  [
    defineSession({ ...base, value: z.object({ a: z.string() }).catchall(z.number()) }),
    { a: "x", b: 1 },
  ],
  [defineSession({ ...base, value: z.string().refine((s) => s.length > 1) }), "ab"],
  [
    defineSession({ ...base, value: z.preprocess((x) => x, z.object({ a: z.number() })) }),
    { a: 1 },
  ],
  [
    defineSession({ ...base, value: v.variant("t", [v.object({ t: v.literal("a") })]) }),
    { t: "a" },
  ],
  [defineSession({ ...base, value: v.record(v.string(), v.date()) }), { a: new Date(0) }],
  [
    defineSession({ ...base, value: type({ a: "string[]", "b?": "Date" }) }),
    { a: ["x"], b: new Date(0) },
  ],
  [defineSession({ ...base, value: type("string | number") }), 5],
];

it.each(kinds.map(([{ store }, value]) => [value, store as Store<string, unknown>] as const))(
  "a schema of any kind keeps what it describes: %o",
  async (value, store) => {
    await store.insert("a", value);
    expect(await store.find("a")).toStrictEqual(value);
    await store.upsert("a", value, (it) => it);
    expect(await store.find("a")).toStrictEqual(value);
  },
);
