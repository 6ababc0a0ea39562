import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import {
  defineSession,
  InvalidRecordError,
  InvalidValueError,
  memoryDriver,
  TooLargeError,
} from "zession";
import { z } from "zod";

const forever = { expiresAt: undefined, ttl: undefined };

function open(
  options: {
    maxBytes?: number;
    onInvalid?: "throw" | "discard";
    clock?: () => number;
    value?: z.ZodType;
  } = {},
) {
  const driver = memoryDriver();
  const definition = defineSession({
    key: z.string(),
    keyFn: () => null,
    driver,
    ...options,
    value: (options.value ?? z.any()) as z.ZodAny,
  });
  return {
    ...definition,
    text: () => driver.read("session:a")?.text ?? "",
    plant: (text: string) => driver.write("session:a", text, forever),
  };
}

// Compared by Node's deepStrictEqual: vitest takes two sets for equal when one merely contains the
// other.
describe("values that come back as they are (S62, B20)", () => {
  const values: [string, unknown][] = [
    ["a number", 1.5],
    ["zero", 0],
    ["-0", -0],
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["an empty text", ""],
    ["text that looks like a record", '{"json":1,"v":1,"at":0}'],
    ["text that ends like a record", 'x","v":1,"at":5}'],
    ["false", false],
    ["null", null],
    ["a bigint", 2n ** 64n],
    ["a date", new Date(1_700_000_000_123)],
    ["a date before 1970", new Date(-1)],
    ["a URL", new URL("https://example.com/ä?q=1#x")],
    ["a regular expression", /a\/b[/]\n/giu],
    ["an empty array", []],
    ["an empty object", {}],
    ["an empty map", new Map()],
    ["an empty set", new Set()],
    ["undefined in an object", { a: undefined, b: 1 }],
    ["undefined in an array", [undefined, 1]],
    ["a map of maps", new Map([[new Map([[1n, new Date(0)]]), new Set([Number.NaN, "a"])]])],
    [
      "a map with keys of many types",
      new Map<unknown, unknown>([
        ["1", 1],
        [1, "1"],
        [null, undefined],
        [true, -0],
      ]),
    ],
    ["a set that keeps its order", new Set([new Date(2), "b", new Date(1), "a"])],
    ["a typed array", new Uint8Array([1, 2, 255])],
    ["a float array", new Float64Array([1.5, -2.25])],
    [
      "keys with dots and backslashes",
      { "a.b": new Date(0), "\\": { "": 1n }, "c\\.d": [undefined] },
    ],
    ["keys with dots and backslashes below an empty key", { "": { "a.b": 1n, "\\": { "": 1n } } }],
    ["empty keys in a row", { "": { "": { "": { "a.b": 1n, "": 2n } } } }],
    ["a key named constructor", { constructor: "Lotus", prototype: "Type 25" }],
    ["numeric keys", { 2: "b", 1: new Date(0) }],
  ];

  it.each(values)("%s", async (_, value) => {
    const { store } = open();
    await store.insert("a", value);
    const found: unknown = await store.find("a");
    deepStrictEqual(found, value);
    expect(Object.is(found, value)).toBe(typeof value !== "object" || value === null);
  });

  it("whatever objects they share", async () => {
    const { store } = open();
    const [one, other] = [{ n: 1 }, new Date(5)];
    const value = {
      list: [one, other, one],
      set: new Set([one, other]),
      map: new Map([[one, other]]),
      x: 1n,
    };
    await store.insert("a", value);
    deepStrictEqual(await store.find("a"), value);
  });

  it("made at random", async () => {
    const key = fc
      .string({ maxLength: 6 })
      .filter((text) => !["__proto__", "constructor", "prototype"].includes(text));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, depthSize: "small" },
        fc.string(),
        fc.string({ unit: "binary" }),
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.bigInt(),
        fc.date({ noInvalidDate: true }),
        fc.webUrl().map((url) => new URL(url)),
        fc.array(fc.oneof(tie("value"), fc.constant(undefined)), { maxLength: 4 }),
        fc.dictionary(key, fc.oneof(tie("value"), fc.constant(undefined)), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
        fc
          .array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
          .map((entries) => new Map(entries)),
        fc.array(tie("value"), { maxLength: 3 }).map((items) => new Set(items)),
      ),
    }));
    const { store, text } = open();
    await fc.assert(
      fc.asyncProperty(value, async (it) => {
        await store.insert("a", it);
        deepStrictEqual(await store.find("a"), it);
        deepStrictEqual(superjson.parse(text()), it);
        // The text is the one that superjson writes, which leaves out what an empty `meta` would
        // say.
        const { json, meta } = superjson.serialize(it);
        const written = JSON.parse(text());
        deepStrictEqual(written.json, json);
        deepStrictEqual(written.meta?.values, meta?.values);
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});

describe("work on a value is bounded before it is done (S61)", () => {
  const nestings: [string, (inner: unknown) => unknown, number][] = [
    ["arrays", (it) => [it], 256],
    ["objects", (it) => ({ it }), 256],
    ["sets", (it) => new Set([it]), 256],
    // A map is an array of arrays.
    ["maps", (it) => new Map([["k", it]]), 128],
    ["maps as keys", (it) => new Map([[it, "v"]]), 128],
  ];

  it.each(nestings)("whatever depth is stored can be read: %s", async (_, wrap, deepest) => {
    const { store } = open();
    const nested = (depth: number) => {
      let value: unknown = "\\";
      for (let i = 0; i < depth; i++) value = wrap(value);
      return value;
    };
    await store.insert("a", nested(deepest));
    deepStrictEqual(await store.find("a"), nested(deepest));
    await expect(store.insert("a", nested(deepest + 1))).rejects.toBeInstanceOf(InvalidValueError);
  });

  // Each looks at what comes behind, as a whole walk would.
  const touched: string[] = [];
  const probe = Object.defineProperty({}, "probe", {
    enumerable: true,
    get: () => touched.push("looked at"),
  });
  const doubling = Array.from({ length: 200 }).reduce<unknown>((it) => [it, it], 1);
  const large: [string, unknown][] = [
    ["a typed array", [new Uint8Array(20_000_000), probe]],
    ["an array", [new Array(2_000_000).fill(0), probe]],
    ["text", ["x".repeat(2_000_000), probe]],
    ["a bigint of ten million digits", [1n << 33_000_000n, probe]],
    ["a map", [new Map(Array.from({ length: 200_000 }, (_, i) => [i, i])), probe]],
    ["a set", [new Set(Array.from({ length: 600_000 }, (_, i) => i)), probe]],
    ["arrays, each twice in the next, 200 levels deep", [doubling, probe]],
    [
      "the paths of many dates below a long key",
      [{ ["k".repeat(2000)]: Array.from({ length: 1000 }, () => new Date(0)) }, probe],
    ],
  ];

  it.each(large)("a value is not looked through once it is too large: %s", async (_, value) => {
    const { store } = open();
    await expect(store.insert("a", value)).rejects.toBeInstanceOf(TooLargeError);
    await expect(store.upsert("a", value, () => value)).rejects.toBeInstanceOf(TooLargeError);
    expect(touched).toEqual([]);
  });

  it("no value that fits is refused for what it was expected to take", async () => {
    const values = [
      [0, 1, null, true],
      { a: "", b: [[], {}] },
      new Map([[1, 2]]),
      new Set([1]),
      [undefined, -0, 1n],
      new Uint8Array(40),
      { d: { d: new Date(0) } },
    ];
    for (const value of values) {
      const first = open({ clock: () => 0 });
      await first.store.insert("a", value);
      const maxBytes = Math.max(64, Buffer.byteLength(first.text()));
      const { store } = open({ clock: () => 0, maxBytes });
      deepStrictEqual(await store.insert("a", value), value);
    }
  });
});

describe("values that are refused, with the path to what would be lost (S62)", () => {
  class Point {
    x = 1;
  }
  class Stamp extends Date {}
  const circle: Record<string, unknown> = { n: 1 };
  circle["self"] = circle;
  const refused: [string, unknown][] = [
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["a registered symbol", Symbol.for("a")],
    ["a class instance", new Point()],
    ["an instance of a class that extends Date", new Stamp()],
    ["an object without a prototype", Object.create(null)],
    ["a boxed number", Object(1)],
    ["a promise", Promise.resolve(1)],
    ["an ArrayBuffer", new ArrayBuffer(1)],
    ["a DataView", new DataView(new ArrayBuffer(1))],
    ["a Buffer", Buffer.from("a")],
    ["an array of bigints", new BigInt64Array(1)],
    ["a float array with NaN", new Float32Array([Number.NaN])],
    ["a Blob", new Blob()],
    ["an error", new Error("a")],
    ["a WeakMap", new WeakMap()],
    ["an invalid date", new Date(Number.NaN)],
    ["a regular expression in use", Object.assign(/a/g, { lastIndex: 1 })],
    ["a date with a property", Object.assign(new Date(0), { a: 1 })],
    ["a map with a property", Object.assign(new Map(), { a: 1 })],
    ["an array with a hole", Object.assign([1], { 2: 3 })],
    ["an array with as many properties as holes", Object.assign([1], { 2: 3, secret: "lost" })],
    ["an array with a property", Object.assign([1], { a: 1 })],
    ["an array with a symbol key", Object.assign([1], { [Symbol("a")]: 1 })],
    ["an array with a hidden property", Object.defineProperty([1], "a", { value: 1 })],
    ["an array with as many symbol keys as holes", Object.assign([1], { 2: 3, [Symbol("a")]: 1 })],
    ["a typed array with a symbol key", Object.assign(new Uint8Array(1), { [Symbol("a")]: 1 })],
    ["an own key __proto__", JSON.parse('{"__proto__":1}')],
    ["a symbol key", { [Symbol("a")]: 1 }],
    ["a hidden property", Object.defineProperty({}, "a", { value: 1 })],
    ["a key constructor beside a date", { constructor: 1, at: new Date(0) }],
    ["a circle", circle],
  ];

  it.each(refused)("%s", async (_, value) => {
    const { store, text } = open();
    await store.insert("a", "before");
    const before = text();
    for (const wrap of [
      (it: unknown) => ({ items: ["x", it] }),
      (it: unknown) => ({ items: new Map([["k", it]]) }),
    ]) {
      const error = await store.insert("a", wrap(value)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidValueError);
      expect((error as InvalidValueError).issues[0]?.path?.[0]).toBe("items");
      await expect(store.swap("a", wrap(value))).rejects.toBeInstanceOf(InvalidValueError);
      await expect(store.upsert("a", 1, () => wrap(value))).rejects.toBeInstanceOf(
        InvalidValueError,
      );
      await expect(store.update("a", () => wrap(value))).rejects.toBeInstanceOf(InvalidValueError);
    }
    expect(text()).toBe(before);
  });

  const hide = (it: object) => Boolean(Object.defineProperty(it, "hidden", { value: 1 }));
  const hidden = Object.defineProperty({}, "hidden", { value: 1 });
  it.each<[string, z.ZodType]>([
    ["an unknown part", z.object({ part: z.unknown() })],
    ["a loose object", z.looseObject({})],
    ["an object that a check changes", z.object({}).refine(hide)],
  ])("what is hidden in %s, although zod makes the rest anew", async (_, value) => {
    const { store } = open({ value });
    await expect(store.insert("a", { part: hidden })).rejects.toBeInstanceOf(InvalidValueError);
  });

  it("undefined by itself", async () => {
    const { store } = open();
    await expect(store.insert("a", undefined)).rejects.toBeInstanceOf(InvalidValueError);
  });

  it("deeper than 256 levels (S61)", async () => {
    const nested = (levels: number) => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = [value];
      return value;
    };
    const { store } = open();
    await store.insert("a", nested(256));
    expect(await store.find("a")).toStrictEqual(nested(256));
    await expect(store.insert("a", nested(257))).rejects.toBeInstanceOf(InvalidValueError);
    await expect(store.insert("a", nested(100_000))).rejects.toBeInstanceOf(InvalidValueError);
  });
});

describe("the record", () => {
  it("is plain JSON where the value is, and superjson's where it is not", async () => {
    const { store, text } = open({ clock: () => 1_700_000_000_000 });
    await store.insert("a", { n: [1, "a"] });
    expect(text()).toBe('{"json":{"n":[1,"a"]},"v":1,"at":1700000000000}');
    await store.insert("a", { d: new Date(0) });
    expect(JSON.parse(text())).toEqual({
      json: { d: "1970-01-01T00:00:00.000Z" },
      meta: { values: { d: ["Date"] }, v: 1 },
      v: 1,
      at: 1_700_000_000_000,
    });
    expect(superjson.parse(text())).toStrictEqual({ d: new Date(0) });
  });

  it("holds own properties only, whatever other code has added to the prototype of all objects", async () => {
    const { store, text } = open({ value: z.object({ n: z.number() }) });
    try {
      Object.defineProperty(Object.prototype, "extend", {
        value: () => 1,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      await store.insert("a", { n: 1 });
      expect(JSON.parse(text()).json).toStrictEqual({ n: 1 });
      expect(await store.find("a")).toStrictEqual({ n: 1 });
    } finally {
      Reflect.deleteProperty(Object.prototype, "extend");
    }
  });

  it("is read in whatever order and spacing its members come", async () => {
    const { store, plant } = open();
    plant('{ "at": 5, "v": 1, "json": { "n": 1 } }');
    expect(await store.find("a")).toEqual({ n: 1 });
  });

  it("is capped in bytes, not characters, before anything is stored or parsed (S61)", async () => {
    const { store, text, plant } = open({ maxBytes: 100, clock: () => 0 });
    const overhead = '{"json":"","v":1,"at":0}'.length;
    const fits = "é".repeat((100 - overhead) / 2);
    await store.insert("a", fits);
    await expect(store.insert("a", `${fits}é`)).rejects.toBeInstanceOf(TooLargeError);
    await expect(store.upsert("a", "", () => `${fits}é`)).rejects.toBeInstanceOf(TooLargeError);
    expect(JSON.parse(text()).json).toBe(fits);
    plant(`{"json":"${fits}é","v":1,"at":0}`);
    await expect(store.find("a")).rejects.toBeInstanceOf(InvalidRecordError);
    plant("[".repeat(1_000_000));
    await expect(store.find("a")).rejects.toBeInstanceOf(InvalidRecordError);
  });

  it("revives no prototype and no class (S60)", async () => {
    class Registered {
      x = 1;
    }
    superjson.registerClass(Registered);
    const { store, plant } = open({ onInvalid: "discard" });
    const texts = [
      '{"json":{"__proto__":{"x":1}},"v":1,"at":0}',
      '{"json":{"constructor":{"prototype":{"x":1}}},"v":1,"at":0}',
      '{"json":{"a":{}},"meta":{"values":{"__proto__.x":["Date"]},"v":1},"v":1,"at":0}',
      '{"json":{"a":1},"meta":{"values":{"constructor.prototype.x":["Date"]},"v":1},"v":1,"at":0}',
      '{"json":[1],"meta":{"referentialEqualities":{"0":["__proto__.x"]},"v":1},"v":1,"at":0}',
      '{"json":{"x":1},"meta":{"values":[["class","Registered"]],"v":1},"v":1,"at":0}',
    ];
    for (const text of texts) {
      plant(text);
      const found: unknown = await store.find("a");
      expect(({} as { x?: unknown }).x, text).toBeUndefined();
      const prototypes = [Object.prototype, Array.prototype];
      if (found !== undefined) expect(prototypes, text).toContain(Object.getPrototypeOf(found));
    }
  });

  it("builds nothing that its notes do not fit: no errors, holes, circles or invalid dates (S60, S61)", async () => {
    const notes: [json: string, values: string][] = [
      ['{"message":"x"}', '["Error"]'],
      ['"x"', '[["symbol","x"]]'],
      ["{}", '[["custom","x"]]'],
      ['"yesterday"', '["Date"]'],
      ["0", '["Date"]'],
      ['"1.5"', '["bigint"]'],
      ['"1"', '["number"]'],
      ['"no url"', '["URL"]'],
      ['"x"', '["regexp"]'],
      ["{}", '["set"]'],
      ["[1]", '["map"]'],
      ["[[1]]", '["map"]'],
      ['["a"]', '[["typed-array","Uint8Array"]]'],
      ["[1]", '[["typed-array","constructor"]]'],
      ["[1]", '[["typed-array","Buffer"]]'],
      ["[]", '{"3000000":["undefined"]}'],
      ["[]", '{"4294967294":["undefined"]}'],
      ["[1]", '{"length":["undefined"]}'],
      ["[1]", '{"-1":["undefined"]}'],
      ['{"a":1}', '{"b":["undefined"]}'],
      ['{"a":null}', '{"a":["undefined"],"a.b":["undefined"]}'],
      ['{"a":["2020-01-01T00:00:00.000Z"]}', '{"a":["set"],"a.0":["Date"]}'],
      ['{"a":1}', '{"toString":["undefined"]}'],
      ['{"a":1}', '{"a":5}'],
      ['{"a":1}', '"a"'],
      ['{"a":1}', "[]"],
      ["1", "null"],
    ];
    const { store, plant } = open();
    for (const [json, values] of notes) {
      plant(`{"json":${json},"meta":{"values":${values},"v":1},"v":1,"at":0}`);
      const found = store.find("a");
      await expect(found, `${json} ${values}`).rejects.toBeInstanceOf(InvalidRecordError);
    }
    // Notes of this kind are never written, and nothing is made of them.
    plant('{"json":[1,2],"meta":{"referentialEqualities":{"0":["1"]},"v":1},"v":1,"at":0}');
    expect(await store.find("a")).toEqual([1, 2]);
  });

  it("that is nested deeper than what is let in is refused before the schema sees it (S61)", async () => {
    const nested = (depth: number) =>
      `{"json":${'{"a":['.repeat(depth / 2)}${"]}".repeat(depth / 2)},"v":1,"at":0}`;
    for (const value of [z.json(), z.unknown()]) {
      const { store, plant } = open({ value });
      plant(nested(256));
      expect(await store.find("a")).toBeDefined();
      for (const depth of [258, 20_000, 160_000]) {
        plant(nested(depth));
        await expect(store.find("a"), `${depth}`).rejects.toBeInstanceOf(InvalidRecordError);
      }
    }
    // Many brackets are not deep yet.
    const { store } = open();
    const wide = Array.from({ length: 1000 }, () => [{}]);
    await store.insert("a", wide);
    expect(await store.find("a")).toEqual(wide);
  });

  it("keeps keys with a backslash apart, whatever else the process has parsed (S62, nodejs/node#63785)", async () => {
    // Each of these leaves V8 an object whose key looks, before it is unescaped, like the one that
    // is read next.
    const { store } = open();
    JSON.parse(String.raw`{"b":1,"\\\\":1}`);
    await store.insert("a", { b: 1, "\\n": 2 });
    deepStrictEqual(await store.find("a"), { b: 1, "\\n": 2 });

    JSON.parse(String.raw`{"bob":[],"ann@x\\\\.or":0}`);
    const dates = { bob: new Date(0), "ann@x.org": new Date(1) };
    await store.insert("a", dates);
    deepStrictEqual(await store.find("a"), dates);

    JSON.parse(String.raw`{"b":1,"\\\\":1}`);
    const strange = {
      b: [1, { "\\n": -1.5e-7, "": null, '"': [] }],
      "\\n": "\\u0041\n\ud800",
      "\\t\u2028": {},
    };
    await store.insert("a", strange);
    deepStrictEqual(await store.find("a"), strange);
  });

  it("with a backslash is read as strictly as any", async () => {
    const { store, plant } = open();
    const wrong = [
      String.raw`{"\\":1,}`,
      String.raw`{"\\" 1}`,
      String.raw`{"\\":01}`,
      String.raw`{"\\":1 1}`,
      String.raw`{\\:1}`,
      String.raw`["\\",]`,
      String.raw`["\\"`,
      String.raw`"\\" 1`,
      String.raw`"\x"`,
      '"\\\\\n"',
    ];
    for (const json of wrong) {
      plant(`{ "json":${json},"v":1,"at":0}`);
      await expect(store.find("a"), json).rejects.toBeInstanceOf(InvalidRecordError);
    }
    plant(
      String.raw` { "at" : 0 , "v" : 1 , "json" : { "\\" : [ ] , "__proto__" : { "\"" : true } } } `,
    );
    const found = (await store.find("a")) as object;
    deepStrictEqual(Object.entries(found), [
      ["\\", []],
      ["__proto__", { '"': true }],
    ]);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  const junk = [
    "",
    "junk",
    "null",
    "[]",
    "{}",
    "1",
    '{"json":1}',
    '{"json":1,"v":1}',
    '{"json":1,"v":1,"at":}',
    '{"json":1,"v":1,"at":"0"}',
    '{"json":1,"v":"1","at":0}',
    '{"json":1,"v":0,"at":0}',
    '{"json":,"v":1,"at":0}',
    '{"json":1,"v":1,"at":0',
    '{"json":1},"v":1,"at":0}',
    '{"v":1,"at":0}',
    '{"json":"x","meta":{"values":["Unknown"],"v":1},"v":1,"at":0}',
    '{"json":"x","meta":{"values":["bigint"],"v":1},"v":1,"at":0}',
    "\ud800",
  ];

  it.each(junk)(
    "that is damaged is reported, or discarded if asked: %j (S59, B14, B17)",
    async (text) => {
      const strict = open();
      strict.plant(text);
      await expect(strict.store.find("a")).rejects.toBeInstanceOf(InvalidRecordError);
      await expect(strict.store.upsert("a", 1, (n) => n)).rejects.toBeInstanceOf(
        InvalidRecordError,
      );
      expect(strict.text()).toBe(text);
      expect(await strict.store.insert("a", 2)).toBe(2);

      const lax = open({ onInvalid: "discard" });
      lax.plant(text);
      expect(await lax.store.find("a")).toBeUndefined();
      expect(lax.text()).toBe(text);
      expect(await lax.store.upsert("a", 1, () => 2)).toBe(1);
      expect(await lax.store.find("a")).toBe(1);
    },
  );
});
