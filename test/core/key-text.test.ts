import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { defineSession, InvalidKeyError, memoryDriver } from "zession";
import { z } from "zod";
import * as zm from "zod/mini";

/** The driver keys that a definition uses for these keys. */
async function driverKeys(name: string, ...keys: unknown[]): Promise<string[]> {
  const used: string[] = [];
  const driver = memoryDriver();
  const read = driver.read.bind(driver);
  const spy = Object.assign(driver, {
    read: (key: string) => {
      used.push(key);
      return read(key);
    },
  });
  const { store } = defineSession({
    name: name as "session",
    key: z.unknown(),
    value: z.number(),
    keyFn: () => null,
    driver: spy,
  });
  for (const key of keys) await store.find(key);
  return used;
}

const scalar = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary-ascii", maxLength: 12 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.constant(null),
);
const keyArbitrary = fc.letrec((tie) => ({
  key: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    scalar,
    fc.array(tie("key"), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 4 }), tie("key"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).key;
const nameArbitrary = fc
  .string({ unit: "binary-ascii", minLength: 1, maxLength: 8 })
  .filter((name) => !(name in Request.prototype));

/**
 * What tells two keys apart for a person: their type and content, whatever the order of an object's
 * fields.
 */
function meaning(key: unknown): string {
  if (key instanceof Date) return `date ${key.getTime()}`;
  if (Array.isArray(key)) return `[${key.map((item) => JSON.stringify(meaning(item))).join()}]`;
  if (typeof key === "object" && key !== null) {
    const fields = Object.entries(key).map(([field, value]) =>
      JSON.stringify([field, meaning(value)]),
    );
    return `{${fields.sort().join()}}`;
  }
  return `${typeof key} ${key}`;
}

describe("the text of a key", () => {
  it("is never the same for two different keys or definitions (S64)", async () => {
    await fc.assert(
      fc.asyncProperty(
        nameArbitrary,
        keyArbitrary,
        nameArbitrary,
        keyArbitrary,
        async (n1, k1, n2, k2) => {
          const [one] = await driverKeys(n1, k1).catch(() => []);
          const [other] = await driverKeys(n2, k2).catch(() => []);
          fc.pre(one !== undefined && other !== undefined);
          expect(one === other).toBe(n1 === n2 && meaning(k1) === meaning(k2));
        },
      ),
      {
        numRuns: 3000,
        examples: [
          ["a:", "b", "a", ":b"],
          ["a", [], "a", [""]],
          ["a", [["a"], "b"], "a", [["a", "b"]]],
          ["a", "~n1", "a", 1],
          ["a", 1, "a", 1n],
          ["a", "1", "a", 1],
          ["a", { b: 1 }, "a", [["b", 1]]],
          ["a", { "b=~n1,c": 1 }, "a", { b: 1, c: 1 }],
          ["a", "%41", "a", "A"],
        ],
      },
    );
  });

  it("is printable ASCII without globs, hash tags, quotes, slashes or spaces, at most 512 long (S65)", async () => {
    await fc.assert(
      fc.asyncProperty(nameArbitrary, keyArbitrary, async (name, key) => {
        const [text] = await driverKeys(name, key).catch(() => []);
        fc.pre(text !== undefined);
        expect(text).toMatch(/^[\w.%-]+:[\w.%~(),=+-]*$/);
        expect(text?.length).toBeLessThanOrEqual(512);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads well for plain text", async () => {
    expect(await driverKeys("visits", "client-1", "", 7, ["a", 1n], { b: true, a: null })).toEqual([
      "visits:client-1",
      "visits:",
      "visits:~n7",
      "visits:~(a,~i1,)",
      "visits:~o(a=~z,b=~t,)",
    ]);
  });

  it("selects one session whatever the order of fields and with or without undefined ones", async () => {
    const [one, other, third] = await driverKeys(
      "a",
      { x: 1, y: 2 },
      { y: 2, x: 1 },
      { x: 1, y: 2, z: undefined },
    );
    expect(one).toBe(other);
    expect(one).toBe(third);
  });
});

describe("a key that cannot be used", () => {
  class Point {
    x = 1;
  }
  const refused: [string, unknown][] = [
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a symbol", Symbol("a")],
    ["a function", () => 1],
    ["undefined in a tuple", ["a", undefined]],
    ["a hole in an array", new Array(1)],
    ["a class instance", new Point()],
    ["a map", new Map()],
    ["an invalid date", new Date(Number.NaN)],
    ["a lone surrogate", "\ud800"],
    ["513 characters", "k".repeat(513)],
    ["a long text of other letters", "ä".repeat(200)],
    [
      "a circle",
      (() => {
        const circle: unknown[] = [];
        circle.push(circle);
        return circle;
      })(),
    ],
  ];

  it.each(refused)("is refused before the driver is called: %s (S65)", async (_, key) => {
    const driver = memoryDriver();
    const called = new Error("the driver was called");
    for (const method of ["read", "write", "remove", "touch"] as const) {
      driver[method] = () => {
        throw called;
      };
    }
    const { store } = defineSession({ key: z.any(), value: z.number(), keyFn: () => null, driver });
    for (const verb of [
      () => store.find(key),
      () => store.insert(key, 1),
      () => store.swap(key, 1),
      () => store.upsert(key, 1, (n) => n),
      () => store.update(key, (n) => n),
      () => store.remove(key),
      () => store.touch(key),
    ]) {
      await expect(verb()).rejects.toBeInstanceOf(InvalidKeyError);
    }
  });

  it("is refused with the issues of the key schema (S65)", async () => {
    const { session } = defineSession({
      key: z.string().min(3),
      value: z.number(),
      keyFn: () => null,
    });
    const handle = session("a");
    const error = await handle.find().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidKeyError);
    expect((error as InvalidKeyError).issues).toHaveLength(1);
    expect(() => handle.key).toThrow(InvalidKeyError);
  });
});

describe("a key schema", () => {
  it("puts out the key that the handle shows", async () => {
    const { session, store } = defineSession({
      key: z.string().trim().toLowerCase(),
      value: z.number(),
      keyFn: () => null,
    });
    expect(session(" Client-1 ").key).toBe("client-1");
    await store.insert("CLIENT-1", 1);
    expect(await session("client-1 ").find()).toBe(1);
  });

  it("may be asynchronous", async () => {
    const { session } = defineSession({
      key: z.string().refine(async (key) => key !== "taken"),
      value: z.number(),
      keyFn: () => null,
    });
    const handle = session("a");
    expect(() => handle.key).toThrow("await a verb");
    await handle.insert(1);
    expect(handle.key).toBe("a");
    await expect(session("taken").find()).rejects.toBeInstanceOf(InvalidKeyError);
  });
});

describe("a key that its schema would shorten", () => {
  const text = z.string();
  it.each<[string, StandardSchemaV1, unknown, PropertyKey[]]>([
    [
      "a misspelt field",
      z.object({ tenant: text, user: text.optional() }),
      { tenant: "t", usr: "u" },
      ["usr"],
    ],
    [
      "a field beside a default",
      z.object({ tenant: text, user: text.default("x") }),
      { tenant: "t", usr: "u" },
      ["usr"],
    ],
    [
      "a field of an object inside",
      z.object({ a: z.object({ b: text }) }),
      { a: { b: "x", c: 1 } },
      ["a", "c"],
    ],
    [
      "a field of an object in a list",
      z.array(z.object({ b: text })),
      [{ b: "x", c: 1 }],
      [0, "c"],
    ],
    [
      "the member of a union that comes first",
      z.union([z.object({ a: text }), z.object({ a: text, b: text })]),
      { a: "x", b: "y" },
      ["b"],
    ],
    [
      "what a transform does not use",
      z.object({ a: text, b: text.optional() }).transform(({ a, b }) => `${a}/${b ?? ""}`),
      { a: "x", c: "y" },
      ["c"],
    ],
    [
      "what an asynchronous transform does not use",
      z.object({ a: text }).transform(async ({ a }) => [a]),
      { a: "x", c: "y" },
      ["c"],
    ],
    ["an item of a tuple", v.tuple([v.string()]), ["x", "y"], [1]],
    ["a field, in valibot", v.object({ a: v.string() }), { a: "x", b: "y" }, ["b"]],
    ["a field, in zod/mini", zm.object({ a: zm.string() }), { a: "x", b: "y" }, ["b"]],
    [
      "a field, in arktype",
      type({ a: "string" }).onUndeclaredKey("delete"),
      { a: "x", b: "y" },
      ["b"],
    ],
  ])("is refused, with the path of what it drops: %s (B19)", async (_, key, given, path) => {
    const { store, fromRequest } = defineSession({
      key: key as z.ZodType,
      value: z.number(),
      keyFn: () => given as never,
    });
    const refused = await store.insert(given, 1).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidKeyError);
    expect((refused as InvalidKeyError).issues).toEqual([
      { message: "The key schema drops this part of the key.", path },
    ]);
    await expect(fromRequest(new Request("http://localhost/"))).rejects.toBeInstanceOf(
      InvalidKeyError,
    );
  });

  it("is not one whose optional field is undefined, or that becomes text", async () => {
    const optional = defineSession({
      key: z.object({ tenant: text, user: text.optional() }),
      value: z.number(),
      keyFn: () => null,
    });
    await optional.store.insert({ tenant: "t", user: undefined }, 1);
    expect(await optional.store.find({ tenant: "t" })).toBe(1);
    const joined = defineSession({
      key: z.object({ a: text, b: text }).transform(({ a, b }) => `${a}/${b}`),
      value: z.number(),
      keyFn: () => null,
    });
    await joined.store.insert({ a: "x", b: "y" }, 1);
    expect(await joined.store.find({ a: "x", b: "y" })).toBe(1);
    const paired = defineSession({
      key: z.object({ a: text, b: text }).transform(({ a, b }) => ({ pair: [a, b] })),
      value: z.number(),
      keyFn: () => null,
    });
    await paired.store.insert({ a: "x", b: "y" }, 1);
    expect(await paired.store.find({ a: "x", b: "y" })).toBe(1);
  });
});
