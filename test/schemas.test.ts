import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { defineSession, InvalidKeyError, InvalidValueError } from "zession";
import { z } from "zod";
import * as zm from "zod/mini";

const options = { keyFn: () => "client-1" } as const;

// One definition in four schema libraries: a key of at least three characters, a cart with a default.
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
