import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { cookieKey, defineSession, InvalidValueError, memoryDriver } from "zession";
import { z } from "zod";
import * as zm from "zod/mini";
import { drivers } from "../sessions/drivers.ts";

// biome-ignore lint/suspicious/noExplicitAny: programs of which the compiler has seen nothing
type Untyped = any;
type Update = (current: Untyped) => unknown;

const line = { sku: "tea", qty: 1 };
const cart = () => ({ currency: "EUR", lines: [{ ...line }, { ...line, note: "black" }] });

/** One cart in every library, each of which drops unknown fields. */
const carts: Record<string, StandardSchemaV1> = {
  zod: z.object({
    currency: z.string(),
    message: z.string().optional(),
    lines: z.array(z.object({ sku: z.string(), qty: z.number(), note: z.string().optional() })),
  }),
  "zod with a default": z.object({
    currency: z.string(),
    message: z.string().default("none"),
    lines: z.array(z.object({ sku: z.string(), qty: z.number(), note: z.string().default("") })),
  }),
  "zod, asynchronous": z.object({
    currency: z.string().refine(async () => true),
    message: z.string().optional(),
    lines: z.array(z.object({ sku: z.string(), qty: z.number(), note: z.string().optional() })),
  }),
  "zod with a nested codec": z.object({
    currency: z.codec(z.string(), z.string(), { decode: (it) => it, encode: (it) => it }),
    message: z.string().optional(),
    lines: z.array(z.object({ sku: z.string(), qty: z.number(), note: z.string().optional() })),
  }),
  "zod with a codec of the whole": z.codec(
    z.object({ c: z.string(), m: z.string().optional(), l: z.array(z.unknown()) }),
    z.object({
      currency: z.string(),
      message: z.string().optional(),
      lines: z.array(z.object({ sku: z.string(), qty: z.number(), note: z.string().optional() })),
    }),
    {
      decode: ({ c, m, l }) => ({ currency: c, message: m, lines: l as (typeof line)[] }),
      encode: ({ currency, message, lines }) => ({ c: currency, m: message, l: lines }),
    },
  ),
  "zod/mini": zm.object({
    currency: zm.string(),
    message: zm.optional(zm.string()),
    lines: zm.array(
      zm.object({ sku: zm.string(), qty: zm.number(), note: zm.optional(zm.string()) }),
    ),
  }),
  valibot: v.object({
    currency: v.string(),
    message: v.optional(v.string()),
    lines: v.array(v.object({ sku: v.string(), qty: v.number(), note: v.optional(v.string()) })),
  }),
  arktype: type({
    currency: "string",
    "message?": "string",
    lines: type({ sku: "string", qty: "number", "note?": "string" }).array(),
  }).onDeepUndeclaredKey("delete"),
};

/** Updates that misspell a field, and where. */
const misspelt: Record<string, [path: PropertyKey[], update: Update]> = {
  "in a branch": [["mesage"], (it) => (it.lines.length > 1 ? { ...it, mesage: "hi" } : it)],
  "in an item of a list": [
    ["lines", 1, "nots"],
    (it) => ({
      ...it,
      lines: it.lines.map((each: object, i: number) => ({ ...each, ...(i && { nots: "" }) })),
    }),
  ],
  "in a new item": [
    ["lines", 2, "colour"],
    (it) => ({ ...it, lines: [...it.lines, { ...line, colour: 1 }] }),
  ],
  "with an object in it": [["meta"], (it) => ({ ...it, meta: { a: { b: 1 } } })],
  asynchronously: [["mesage"], async (it) => ({ ...it, mesage: "hi" })],
  "of its copy": [["mesage"], (it) => Object.assign(it, { mesage: "hi" })],
  "in place": [["mesage"], (it) => void Object.assign(it, { mesage: "hi" })],
  "in place, in an item": [
    ["lines", 0, "nots"],
    (it) => void Object.assign(it.lines[0], { nots: "hi" }),
  ],
  "named like a method": [["toString"], (it) => ({ ...it, toString: "hi" })],
  "that an item of a list has": [["qty"], (it) => ({ ...it, qty: 2 })],
};

function open(value: StandardSchemaV1, driver = memoryDriver()) {
  const { store } = defineSession({
    key: z.string(),
    value: value as never,
    keyFn: () => "a",
    driver,
  });
  return store as unknown as {
    insert(key: string, value: unknown): Promise<unknown>;
    update(key: string, update: Update): Promise<unknown>;
    upsert(key: string, initial: unknown, update: Update): Promise<unknown>;
    find(key: string): Promise<unknown>;
    take(key: string, field: string): Promise<unknown>;
  };
}

describe.each(Object.entries(carts))("a field that %s drops (D21)", (_, schema) => {
  it.each(Object.entries(misspelt))("is refused %s, with its path", async (_, [path, update]) => {
    const store = open(schema);
    const before = await store.insert("a", cart());
    for (const run of [
      () => store.update("a", update),
      () => store.upsert("a", cart(), update),
      () =>
        store.upsert(
          "new",
          () => update(cart()) ?? { ...cart(), mesage: "" },
          (it) => it,
        ),
    ]) {
      const error = await run().catch((it: unknown) => it);
      expect(error).toBeInstanceOf(InvalidValueError);
      const { issues, message } = error as InvalidValueError;
      expect(issues[0]?.message).toMatch(/^the value has no field "/);
      expect(message).not.toContain("mesage");
    }
    const error = await store.update("a", update).catch((it: unknown) => it);
    expect((error as InvalidValueError).issues).toEqual([
      { message: `the value has no field "${String(path.at(-1))}"`, path },
    ]);
    expect(await store.find("a")).toEqual(before);
    expect(await store.find("new")).toBeUndefined();
  });

  it("is no reason to refuse a value that loses nothing", async () => {
    const store = open(schema);
    await store.insert("a", cart());
    for (const update of [
      (it) => it,
      (it) => ({ ...it, mesage: undefined }),
      (it) => ({ ...it, message: "hi" }),
      (it) => ({ lines: it.lines.toReversed(), currency: it.currency }),
      (it) => void it.lines.pop(),
      (it) => void Object.assign(it, { message: "hi" }),
      async (it) => ({ ...it, lines: [] }),
    ] satisfies Update[])
      await store.update("a", update);
    expect(await store.take("a", "message")).toBe("hi");
  });
});

const a = { kind: "a" as const, x: 1 };
/** Schemas that change or drop what they get, on purpose. */
const right: Record<string, [StandardSchemaV1, unknown, Update]> = {
  "leaves a member of a union": [
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), x: z.number() }),
      z.object({ kind: z.literal("b"), y: z.number() }),
    ]),
    a,
    (it) => ({ ...it, kind: "b", y: 1 }),
  ],
  "leaves it in place": [
    z.union([
      z.object({ kind: z.literal("a"), x: z.number() }),
      z.object({ kind: z.literal("b") }),
    ]),
    a,
    (it) => void Object.assign(it, { kind: "b" }),
  ],
  "leaves it in an item that moves": [
    v.object({
      list: v.array(
        v.variant("kind", [
          v.object({ kind: v.literal("a"), x: v.number() }),
          v.object({ kind: v.literal("b") }),
        ]),
      ),
    }),
    { list: [{ kind: "b" }, a, a] },
    (it) => ({ list: it.list.slice(1).map((each: object) => ({ ...each, kind: "b" })) }),
  ],
  "leaves it under another key": [
    z.record(
      z.string(),
      z.union([
        z.object({ kind: z.literal("a"), x: z.number() }),
        z.object({ kind: z.literal("b") }),
      ]),
    ),
    { old: a },
    (it) => ({ new: { ...it.old, kind: "b" } }),
  ],
  "leaves it in a map": [
    z.map(
      z.string(),
      z.union([
        z.object({ kind: z.literal("a"), x: z.number() }),
        z.object({ kind: z.literal("b") }),
      ]),
    ),
    new Map([["old", a]]),
    (it) => new Map([["new", { ...it.get("old"), kind: "b" }]]),
  ],
  "renames a field": [
    z.preprocess(
      (it: Untyped) => ("old" in it ? { name: it.old } : it),
      z.object({ name: z.string() }),
    ),
    { name: "a" },
    () => ({ old: "b" }),
  ],
  "takes any field": [z.looseObject({ a: z.number() }), { a: 1 }, (it) => ({ ...it, b: 1 })],
  "has a catchall": [
    z.object({ a: z.number() }).catchall(z.number()),
    { a: 1 },
    (it) => ({ ...it, b: 1 }),
  ],
  "has a rest": [
    v.objectWithRest({ a: v.number() }, v.number()),
    { a: 1 },
    (it) => ({ ...it, b: 1 }),
  ],
  "keeps unknown fields": [type({ a: "number" }), { a: 1 }, (it) => ({ ...it, b: 1 })],
  "is an intersection": [
    z.intersection(z.object({ a: z.number() }), z.object({ b: z.number().optional() })),
    { a: 1 },
    (it) => ({ ...it, b: 1 }),
  ],
  "cuts a list": [
    z.object({ log: z.array(z.number()).overwrite((log) => log.slice(0, 2)) }),
    { log: [1, 2] },
    (it) => ({ log: [...it.log, 3] }),
  ],
};

it.each(Object.entries(right))(
  "an update may return what a schema uses: %s",
  async (_, [schema, value, update]) => {
    const store = open(schema);
    await store.insert("a", value);
    await store.update("a", update);
  },
);

/** Places in which a field is dropped, beside those of the cart. */
const tree: StandardSchemaV1 = z.object({
  name: z.string(),
  get children() {
    return z.array(tree as never).optional();
  },
});
const places: Record<string, [StandardSchemaV1, unknown, Update, PropertyKey[]]> = {
  "a map": [
    z.map(z.string(), z.object({ a: z.number() })),
    new Map([["x", { a: 1 }]]),
    (it) => new Map([...it, ["y", { a: 2, b: 3 }]]),
    ["y", "b"],
  ],
  "an object with a key of JSON.parse": [
    z.object({ a: z.number() }),
    { a: 1 },
    () => JSON.parse('{"a":1,"__proto__":1}'),
    ["__proto__"],
  ],
  "a set": [
    z.set(z.object({ a: z.number() })),
    new Set([{ a: 1 }]),
    (it) => new Set([...it, { a: 2, b: 3 }]),
    [1, "b"],
  ],
  "a recursive value": [
    tree,
    { name: "a", children: [{ name: "b" }] },
    (it) => ({ ...it, children: [{ name: "b", children: [{ name: "c", nme: "" }] }] }),
    ["children", 0, "children", 0, "nme"],
  ],
  "a record": [
    z.record(z.string(), z.object({ a: z.number() })),
    { x: { a: 1 } },
    (it) => ({ ...it, y: { a: 1, b: 2 } }),
    ["y", "b"],
  ],
  "an intersection": [
    v.intersect([v.object({ a: v.number() }), v.object({ b: v.optional(v.number()) })]),
    { a: 1 },
    (it) => ({ ...it, c: 1 }),
    ["c"],
  ],
  "a tuple": [
    z.tuple([z.object({ a: z.number() }), z.number()]),
    [{ a: 1 }, 1],
    (it) => [{ ...it[0], b: 1 }, 2],
    [0, "b"],
  ],
  "a value that another field of it is made of": [
    z.preprocess(
      (it: Untyped) => ("old" in it ? { ...it, name: it.old } : it),
      z.object({ name: z.string() }),
    ),
    { name: "a" },
    () => ({ old: "b", mesage: 1 }),
    ["mesage"],
  ],
};

it.each(Object.entries(places))(
  "a dropped field is found in %s (D21)",
  async (_, [schema, value, update, path]) => {
    const store = open(schema);
    const before = await store.insert("a", value);
    const error = await store.update("a", update).catch((it: unknown) => it);
    expect((error as InvalidValueError).issues).toEqual([
      { message: `the value has no field "${String(path.at(-1))}"`, path },
    ]);
    expect(await store.find("a")).toEqual(before);
  },
);

it.each(drivers)(
  "rotate refuses it, and the session stays where it is (D21) – %s",
  async (_, make) => {
    const members = defineSession({
      name: "members",
      value: z.object({ user: z.string().optional() }),
      keyFn: cookieKey(),
      driver: make(),
    });
    let cookie = "";
    const visit = async (run: (session: Untyped) => Promise<unknown>) => {
      const request = new Request("https://site.example/", { headers: { cookie } });
      await members.middleware(request);
      const result = await run((request as Untyped).members).catch((it: unknown) => it);
      const [sent] = members.finalize(new Response(), request).headers.getSetCookie();
      if (sent !== undefined) cookie = sent.split(";")[0] ?? "";
      return { result, isSent: sent !== undefined };
    };
    expect(
      (
        await visit((it) =>
          it.rotate(
            () => ({ usr: "ann" }),
            () => {},
          ),
        )
      ).result,
    ).toBeInstanceOf(InvalidValueError);
    expect(cookie).toBe("");
    await visit((it) => it.insert({}));
    const { isSent, result } = await visit((it) => it.rotate({}, () => ({ usr: "ann" })));
    expect(result).toBeInstanceOf(InvalidValueError);
    expect(isSent).toBe(false);
    expect((await visit((it) => it.find())).result).toEqual({});
    await members.close();
  },
);
