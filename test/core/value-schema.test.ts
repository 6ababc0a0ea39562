import { deepStrictEqual } from "node:assert";
import { inspect } from "node:util";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import {
  ConfigurationError,
  cookieKey,
  defineSession,
  InvalidRecordError,
  InvalidValueError,
  memoryDriver,
  UsageError,
} from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";
import * as zm from "zod/mini";
import { z as z3 } from "zod/v3";

/**
 * A number with all its digits, as a program might have one: a class that nothing but its codec can
 * store.
 */
class Decimal {
  readonly #digits: string;
  constructor(digits: string) {
    this.#digits = digits;
  }
  plus(other: Decimal): Decimal {
    return new Decimal(`${BigInt(this.#digits) + BigInt(other.#digits)}`);
  }
  toString(): string {
    return this.#digits;
  }
}

const digits = /^\d+$/;
const codecs = {
  zod: z.codec(z.string().regex(digits), z.instanceof(Decimal), {
    decode: (text) => new Decimal(text),
    encode: (decimal) => `${decimal}`,
  }),
  "zod/mini": zm.codec(zm.string().check(zm.regex(digits)), zm.instanceof(Decimal), {
    decode: (text) => new Decimal(text),
    encode: (decimal) => `${decimal}`,
  }),
  "zod, asynchronous": z.codec(z.string().regex(digits), z.instanceof(Decimal), {
    decode: async (text) => new Decimal(text),
    encode: async (decimal) => `${decimal}`,
  }),
};

describe.each(Object.entries(codecs))("a codec of %s", (_, codec) => {
  it("lets the program see the decoded form and the record hold the encoded one", async () => {
    const driver = memoryDriver();
    const { store } = defineSession({ key: z.string(), value: codec, keyFn: () => "a", driver });
    const given = new Decimal("12345678901234567890");
    const inserted = await store.insert("a", given);
    expect(inserted).toBeInstanceOf(Decimal);
    expect(inserted).not.toBe(given);
    expect(JSON.parse(driver.read("session:a")?.text ?? "").json).toBe("12345678901234567890");
    const sum = await store.upsert("a", given, (it) => it.plus(new Decimal("1")));
    expect(`${sum}`).toBe("12345678901234567891");
    expect(`${await store.find("a")}`).toBe("12345678901234567891");
    expect(`${await store.swap("a", new Decimal("5"))}`).toBe("12345678901234567891");
  });

  it("refuses what it cannot encode, and stores nothing", async () => {
    const { store } = defineSession({ key: z.string(), value: codec, keyFn: () => "a" });
    await store.insert("a", new Decimal("1"));
    for (const wrong of ["1", null, new Decimal("-1")]) {
      const error = await store.insert("a", wrong as never).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidValueError);
      expect((error as InvalidValueError).issues[0]?.message).toBeTruthy();
    }
    expect(`${await store.find("a")}`).toBe("1");
  });

  it("reports a record that it cannot decode", async () => {
    const driver = memoryDriver();
    const { store } = defineSession({ key: z.string(), value: codec, keyFn: () => "a", driver });
    driver.write("session:a", '{"json":"x1","v":1,"at":0}', {
      expiresAt: undefined,
      ttl: undefined,
    });
    await expect(store.find("a")).rejects.toBeInstanceOf(InvalidRecordError);
  });
});

describe("a codec within a schema", () => {
  const Account = z.object({
    owner: z.string(),
    balance: codecs.zod,
    history: z.array(z.object({ amount: codecs.zod.optional(), at: z.date() })),
    byName: z.record(z.string(), codecs.zod),
    pair: z.tuple([codecs.zod, z.number()]),
    limit: z.union([codecs.zod, z.null()]),
    get parent() {
      return Account.nullable();
    },
  });

  it("is followed through objects, arrays, records, tuples, unions, optionals and recursion", async () => {
    const driver = memoryDriver();
    const { store } = defineSession({ key: z.string(), value: Account, keyFn: () => "a", driver });
    const one = new Decimal("1");
    const leaf = { owner: "b", balance: one, history: [], byName: {}, limit: null, parent: null };
    await store.insert("a", {
      owner: "a",
      balance: one,
      history: [{ amount: one, at: new Date(0) }, { at: new Date(1) }],
      byName: { x: one },
      pair: [one, 1],
      limit: one,
      parent: { ...leaf, pair: [one, 2] },
    });
    const found = await store.update("a", (it) => {
      it.balance = it.balance.plus(new Decimal("41"));
    });
    expect(`${found?.balance} ${found?.history[0]?.amount} ${found?.byName["x"]}`).toBe("42 1 1");
    expect(`${found?.pair[0]} ${found?.limit} ${found?.parent?.balance}`).toBe("1 1 1");
    expect(found?.history[1]?.at).toEqual(new Date(1));
    expect(JSON.parse(driver.read("session:a")?.text ?? "").json.balance).toBe("42");
  });

  it("names the path of what it refuses", async () => {
    const { store } = defineSession({
      key: z.string(),
      value: z.object({ items: z.array(codecs.zod) }),
      keyFn: () => "a",
    });
    const error = await store
      .insert("a", { items: [new Decimal("1"), new Decimal("x")] })
      .catch((reason: unknown) => reason);
    expect((error as InvalidValueError).issues[0]?.path).toEqual(["items", 1]);
  });

  it("leaves a write that changes nothing unwritten (B8)", async () => {
    const driver = memoryDriver();
    const { store } = defineSession({
      key: z.string(),
      value: codecs.zod,
      keyFn: () => "a",
      driver,
    });
    await store.insert("a", new Decimal("7"));
    const before = driver.read("session:a")?.version;
    await store.update("a", (it) => new Decimal(`${it}`));
    expect(driver.read("session:a")?.version).toBe(before);
  });
});

describe("a schema that goes on changing what it gave", () => {
  const changing: [string, unknown, unknown][] = [
    ["zod's overwrite", z.string().overwrite((text) => `${text}!`), "a"],
    ["zod's preprocess", z.preprocess((it) => Number(it) + 1, z.number()), 1],
    [
      "an overwrite within",
      z.object({ a: z.array(z.string().overwrite((it) => `${it}!`)) }),
      { a: ["b"] },
    ],
    [
      "an overwrite behind a codec",
      z.object({ a: z.number().overwrite((it) => it + 1), b: codecs.zod }),
      { a: 1, b: new Decimal("1") },
    ],
    ["zod 3's transform", z3.string().transform((text) => `${text}!`), "a"],
    [
      "valibot's mapItems",
      v.pipe(
        v.array(v.number()),
        v.mapItems((it) => it * 2),
      ),
      [1],
    ],
    ["valibot's stringifyJson", v.pipe(v.unknown(), v.stringifyJson()), "a"],
    ["arktype's pipe", type("string").pipe((text) => `${text}!`), "a"],
    [
      "that of another library",
      {
        "~standard": {
          version: 1,
          vendor: "other",
          validate: (it: unknown) => ({ value: `${it}!` }),
        },
      },
      "a",
    ],
  ];

  it.each(changing)(
    "cannot be written with, and nothing is stored (S62): %s",
    async (_, value, input) => {
      const driver = memoryDriver();
      const write = vi.spyOn(driver, "write");
      const { store } = defineSession({
        key: z.string(),
        value,
        keyFn: () => "a",
        driver,
      } as never);
      for (const verb of [
        () => store.insert("a", input as never),
        () => store.upsert("a", input as never, () => input as never),
      ]) {
        await expect(verb()).rejects.toMatchObject({
          name: "InvalidValueError",
          issues: [{ message: expect.stringContaining("leave its own output as it is") }],
        });
      }
      expect(write).not.toHaveBeenCalled();
    },
  );

  it("is told from one that comes to rest", async () => {
    const resting: [unknown, unknown, unknown][] = [
      [v.pipe(v.array(v.number()), v.sortItems()), [2, 1], [1, 2]],
      [
        v.pipe(
          v.array(v.number()),
          v.filterItems((it) => it > 1),
        ),
        [1, 2],
        [2],
      ],
      [z3.string().trim(), " a ", "a"],
      [
        z.object({ a: z.string().overwrite((it) => it.slice(0, 2)), b: z.set(z.date()) }),
        { a: "abc", b: new Set([new Date(0)]) },
        { a: "ab", b: new Set([new Date(0)]) },
      ],
    ];
    for (const [value, input, output] of resting) {
      const { store } = defineSession({ key: z.string(), value, keyFn: () => "a" } as never);
      deepStrictEqual(await store.insert("a", input as never), output);
      deepStrictEqual(await store.find("a"), output);
    }
  });
});

describe("a value that its owner changes while an asynchronous schema waits (S62)", () => {
  const later = async () => {
    await Promise.resolve();
    return true;
  };
  const Visit = z.object({
    name: z.string().refine(later),
    until: z.date().max(new Date(1000)),
    tags: z.set(z.string()),
    byName: z.map(z.string(), z.object({ n: z.number().max(5) })),
    bytes: z.instanceof(Uint8Array),
  });
  const visit = () => ({
    name: "a",
    until: new Date(1),
    tags: new Set(["a"]),
    byName: new Map([["a", { n: 1 }]]),
    bytes: new Uint8Array([1]),
  });
  const spoil = (it: ReturnType<typeof visit>) => {
    it.name = "b";
    it.until.setTime(9_999_999);
    it.tags.add("b");
    const one = it.byName.get("a");
    if (one !== undefined) one.n = 99;
    it.bytes[0] = 2;
  };
  // Every call changes what it handed over before the schema is done with it.
  const verbs: Record<string, (session: CookieLike) => Promise<unknown>> = {
    insert: (session) => handedOver((it) => session.insert(it)),
    swap: (session) => handedOver((it) => session.swap(it)),
    "upsert, as initial": (session) => handedOver((it) => session.upsert(it, () => it)),
    "rotate, as initial": (session) => handedOver((it) => session.rotate(it, () => it)),
    "update, which returned it": async (session) => {
      await session.insert({ ...visit(), name: "before" });
      return session.update(() => {
        const it = visit();
        queueMicrotask(() => spoil(it));
        return it;
      });
    },
    "update, which changed its copy": async (session) => {
      await session.insert(visit());
      return session.update((it) => queueMicrotask(() => spoil(it)));
    },
  };
  const define = () =>
    defineSession({
      key: z.string(),
      value: Visit,
      keyFn: cookieKey(),
      driver: faultyDriver(memoryDriver()),
    });
  type CookieLike = Awaited<ReturnType<ReturnType<typeof define>["fromRequest"]>>;
  const handedOver = (verb: (it: ReturnType<typeof visit>) => Promise<unknown>) => {
    const it = visit();
    const writing = verb(it);
    spoil(it);
    return writing;
  };

  it.each(Object.keys(verbs))("is stored as it was handed over: %s", async (verb) => {
    const definition = define();
    // The first write shows that the schema is asynchronous, the second knows.
    for (let write = 0; write < 2; write++) {
      const session = await definition.fromRequest(new Request("https://a.example/"));
      await verbs[verb]?.(session);
      deepStrictEqual(await session.find(), visit());
    }
  });

  it("is stored as it was handed over by a first write, whatever the schema", async () => {
    const { fromRequest } = defineSession({
      key: z.string(),
      value: z.object({ n: z.number() }),
      keyFn: cookieKey(),
    });
    for (const verb of ["upsert", "rotate"] as const) {
      const one = { n: 1 };
      const session = await fromRequest(new Request("https://a.example/"));
      const upserting = session[verb](one, () => {});
      one.n = 2;
      expect(await upserting).toEqual({ n: 1 });
      const further = await fromRequest(new Request("https://a.example/"));
      const making = further[verb](
        () => {
          const other = { n: 1 };
          queueMicrotask(() => (other.n = 2));
          return other;
        },
        () => {},
      );
      expect(await making).toEqual({ n: 1 });
    }
  });

  it("is looked at once a write, from the second on", async () => {
    const check = vi.fn(later);
    const { store } = defineSession({
      key: z.string(),
      // zod itself looks twice: it tries without waiting first.
      value: v.objectAsync({ name: v.pipeAsync(v.string(), v.checkAsync(check)) }),
      keyFn: () => "a",
    });
    await store.insert("a", { name: "a" });
    check.mockClear();
    await store.insert("a", { name: "b" });
    expect(check).toHaveBeenCalledTimes(1);
  });
});

describe("a schema whose code throws", () => {
  const SECRET = "s3cr3t";
  const bigint = z.codec(z.string(), z.bigint(), {
    decode: (text) => BigInt(text),
    encode: (it) => `${it}`,
  });

  it.each([
    ["at once", bigint],
    [
      "later",
      v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => BigInt(text) > 0n),
      ),
    ],
  ])(
    "has not read: the record is invalid, or discarded, and is not quoted (S11, S59): %s",
    async (_, value) => {
      const driver = memoryDriver();
      driver.write("session:a", `{"json":"${SECRET}","v":1,"at":0}`, {
        expiresAt: undefined,
        ttl: undefined,
      });
      const base = { key: z.string(), value, keyFn: () => "a", driver };
      const error = await defineSession(base as never)
        .store.find("a")
        .catch((it: unknown) => it);
      expect(error).toMatchObject({ name: "InvalidRecordError" });
      expect(
        `${inspect(error)}${JSON.stringify((error as InvalidValueError).issues)}`,
      ).not.toContain(SECRET);
      expect(
        await defineSession({ ...base, onInvalid: "discard" } as never).store.find("a"),
      ).toBeUndefined();
    },
  );
});

it("a function that makes a recursive schema of itself, without end, can be looked through", async () => {
  const tree = (): z.ZodType => z.lazy(() => z.object({ kids: z.array(tree()) }));
  const pair = (): z.ZodType =>
    z.lazy(() => z.object({ left: pair().optional(), right: pair().optional() }));
  for (const [value, sample] of [
    [tree(), { kids: [{ kids: [] }] }],
    [pair(), { left: { right: {} } }],
  ] as const) {
    const { store } = defineSession({ key: z.string(), value, keyFn: () => "a" } as never);
    deepStrictEqual(await store.insert("a", sample as never), sample);
    deepStrictEqual(await store.find("a"), sample);
  }
});

describe("a schema with a transform that has no way back", () => {
  const shout = (text: string) => `${text}!`;
  const refused: [string, unknown][] = [
    ["zod", z.string().transform(shout)],
    ["zod, by itself", z.transform(shout)],
    ["zod, a field", z.object({ a: z.transform(shout) })],
    ["zod/mini", zm.pipe(zm.string(), zm.transform(shout))],
    ["zod, in an object", z.object({ a: z.object({ b: z.string().transform(shout) }) })],
    ["zod, in an array, optional", z.array(z.string().transform(shout).optional())],
    ["zod, in a map", z.map(z.string(), z.string().transform(shout))],
    ["zod, in a union", z.union([z.number(), z.string().transform(shout)])],
    ["zod, lazy", z.object({ a: z.lazy(() => z.string().transform(shout)) })],
    ["zod, followed by a schema", z.string().transform(shout).pipe(z.string())],
    ["zod, beside a codec", z.object({ a: z.string().transform(shout), b: codecs.zod })],
    [
      "zod, preprocessed beside a codec",
      z.object({ a: z.preprocess(String, z.string()), b: codecs.zod }),
    ],
    ["valibot", v.pipe(v.string(), v.transform(shout))],
    ["valibot, in an object", v.object({ a: v.optional(v.pipe(v.string(), v.transform(shout))) })],
    [
      "valibot, lazy",
      v.object({
        a: v.pipe(
          v.string(),
          v.rawTransform(({ dataset }) => dataset.value),
        ),
      }),
    ],
  ];

  it.each(refused)(
    "is refused when the session is defined, where its types would fit: %s",
    (_, value) => {
      expect(() => defineSession({ key: z.string(), value, keyFn: () => "a" } as never)).toThrow(
        ConfigurationError,
      );
    },
  );

  const taken: [string, unknown, unknown, unknown][] = [
    ["trimmed text", z.string().trim().toLowerCase(), " A ", "a"],
    ["an overwrite", z.string().overwrite((text) => text.slice(0, 1)), "ab", "a"],
    ["coercion", z.coerce.number(), "5", 5],
    ["a default", z.object({ n: z.number().default(1) }), {}, { n: 1 }],
    ["a catch", z.object({ n: z.number().catch(1) }), { n: "x" }, { n: 1 }],
    ["preprocessing", z.preprocess((it) => it ?? "none", z.string()), null, "none"],
    ["valibot's own actions", v.pipe(v.string(), v.trim()), " a ", "a"],
    ["arktype's own morphs", type("string.trim"), " a ", "a"],
    ["a recursive schema", z.lazy(() => z.object({ n: z.number() })), { n: 1 }, { n: 1 }],
  ];

  it.each(taken)(
    "is not mistaken for what may be repeated: %s",
    async (_, value, input, output) => {
      const { store } = defineSession({
        key: z.string(),
        value,
        keyFn: () => "a",
      } as never) as unknown as {
        store: {
          insert(key: string, value: unknown): Promise<unknown>;
          find(key: string): Promise<unknown>;
        };
      };
      expect(await store.insert("a", input)).toEqual(output);
      expect(await store.find("a")).toEqual(output);
    },
  );
});

describe("a schema that makes its defaults", () => {
  it("is not asked for one when the session is defined", async () => {
    let made = 0;
    const { store } = defineSession({
      key: z.string(),
      value: z.object({
        id: z.number().default(() => ++made),
        text: z.string().prefault(() => `${++made}`),
      }),
      keyFn: () => "a",
    });
    expect(made).toBe(0);
    expect(await store.insert("a", {})).toEqual({ id: 1, text: "2" });
  });
});

describe("a driver without compare-and-set", () => {
  const eventual = () => ({ ...bound(memoryDriver()), atomic: false as const });
  const bound = (driver: ReturnType<typeof memoryDriver>) => ({
    read: driver.read.bind(driver),
    write: driver.write.bind(driver),
    remove: driver.remove.bind(driver),
  });

  it("has the verbs that it can keep its word on", async () => {
    const { store } = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: () => "a",
      driver: eventual(),
    });
    await store.insert("a", 1);
    expect(await store.find("a")).toBe(1);
    expect(await store.touch("a")).toBe(true);
    expect(await store.remove("a")).toBe(true);
  });

  it("rejects the others, should a program call them past the types", async () => {
    const driver = eventual() as unknown as ReturnType<typeof memoryDriver>;
    const { store } = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: () => "a",
      driver,
    });
    for (const verb of [
      () => store.swap("a", 1),
      () => store.upsert("a", 1, (n) => n),
      () => store.update("a", (n) => n),
    ]) {
      await expect(verb()).rejects.toBeInstanceOf(UsageError);
    }
    expect(await store.find("a")).toBeUndefined();
  });
});
