import ts from "typescript";
import { expect, it } from "vitest";
import { instantiations } from "../compiler.ts";

const fields = (count: number, type: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `field${index}: ${type(index)},`).join("\n");
const types = [
  "z.string()",
  "z.number()",
  "z.boolean().optional()",
  "z.date()",
  "z.array(z.string())",
];
const CART = `z.object({ ${fields(18, (i) => types[i % 5] ?? "")} status: z.enum(["open", "paid"]),
  items: z.array(z.object({ sku: z.string(), qty: z.number(), price: z.number() })) })`;
const RICH = `z.object({ a: z.bigint(), b: z.set(z.string()), c: z.map(z.string(), z.date()), d: z.instanceof(Uint8Array) })`;
const RECURSIVE = `z.object({ name: z.string(), get children() { return z.array(Schema); } })`;

const HEAD = `
import { z } from "zod";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { defineSession } from "zession";
const key = z.string();
const keyFn = (request: Request) => request.headers.get("a");
`;

const schema = (name: string, text: string) =>
  `const ${name}Schema = ${text.replaceAll("Schema", `${name}Schema`)};`;

/**
 * What zod costs by itself: its types, inferred through Standard Schema by a function that does no
 * more.
 */
const PLAIN = `
declare function infer<Key extends StandardSchemaV1, Value extends StandardSchemaV1>(key: Key, value: Value): [
  StandardSchemaV1.InferOutput<Key>, StandardSchemaV1.InferInput<Value>, StandardSchemaV1.InferOutput<Value>];
`;
const plain = (name: string) => `infer(key, ${name}Schema);\n`;

const defined = (name: string) =>
  `export const ${name} = defineSession({ name: "${name}", key, keyFn, value: ${name}Schema });\n`;

/** Each kind of verb, once. */
const used = (name: string) => `
${name}.session("a").find();
${name}.store.update("a", (it) => it);
${name}.wrap((request) => request.${name}?.remove());
`;

/**
 * A schema, and how many of it are defined. The ceilings are what was measured, and a tenth for
 * what a patch of zod may move.
 */
const programs: Record<string, { schema: string; count: number; ceiling: number }> = {
  "a number": { schema: "z.number()", count: 1, ceiling: 1200 },
  "a cart of 20 fields": { schema: CART, count: 1, ceiling: 3000 },
  "an object of 200 fields": {
    schema: `z.object({ ${fields(200, (i) => types[i % 5] ?? "")} })`,
    count: 1,
    ceiling: 12_000,
  },
  "a map, a set and bytes": { schema: RICH, count: 1, ceiling: 2500 },
  "a recursive schema": { schema: RECURSIVE, count: 1, ceiling: 1600 },
  "ten carts": { schema: CART, count: 10, ceiling: 18_500 },
};

it("belongs to one compiler", () => {
  expect(ts.versionMajorMinor).toBe("6.0");
});

it.each(Object.entries(programs))(
  "defineSession adds few type instantiations to what zod itself costs: %s",
  (title, { schema: text, count, ceiling }) => {
    const names = Array.from({ length: count }, (_, index) => `value${index}`);
    const schemas = HEAD + names.map((name) => schema(name, text)).join("\n");
    const zod = instantiations(schemas + PLAIN + names.map(plain).join(""));
    const added = instantiations(schemas + names.map(defined).join("")) - zod;
    const verbs =
      instantiations(schemas + names.map((it) => defined(it) + used(it)).join("")) - zod - added;
    console.log(
      `${title}: zod ${zod}, defineSession ${added} more (at most ${ceiling}), verbs ${verbs} more`,
    );
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThanOrEqual(ceiling);
    expect(verbs).toBeLessThanOrEqual(1290 + 580 * (count - 1));
  },
);
