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
 * A schema, how many of it are defined, and the most that the definitions and one use of each kind
 * of verb may add: what was measured, and a fiftieth for what a patch of zod may move.
 */
const programs: Record<
  string,
  { schema: string; count: number; definitions: number; verbs: number }
> = {
  "a number": { schema: "z.number()", count: 1, definitions: 1098, verbs: 535 },
  "a cart of 20 fields": { schema: CART, count: 1, definitions: 2843, verbs: 765 },
  "an object of 200 fields": {
    schema: `z.object({ ${fields(200, (i) => types[i % 5] ?? "")} })`,
    count: 1,
    definitions: 11_268,
    verbs: 1_132,
  },
  "a map, a set and bytes": { schema: RICH, count: 1, definitions: 2386, verbs: 732 },
  "a recursive schema": { schema: RECURSIVE, count: 1, definitions: 1492, verbs: 728 },
  "ten carts": { schema: CART, count: 10, definitions: 18_293, verbs: 5_401 },
  "a hundred carts": { schema: CART, count: 100, definitions: 172_793, verbs: 51_760 },
};

it("belongs to one compiler", () => {
  expect(ts.versionMajorMinor).toBe("6.0");
});

it.each(Object.entries(programs))(
  "defineSession adds few type instantiations to what zod itself costs: %s",
  (title, { schema: text, count, ...ceilings }) => {
    const names = Array.from({ length: count }, (_, index) => `value${index}`);
    const schemas = HEAD + names.map((name) => schema(name, text)).join("\n");
    const zod = instantiations(schemas + PLAIN + names.map(plain).join(""));
    const added = instantiations(schemas + names.map(defined).join("")) - zod;
    const verbs =
      instantiations(schemas + names.map((it) => defined(it) + used(it)).join("")) - zod - added;
    console.log(`${title}: zod ${zod}, defineSession ${added} more, verbs ${verbs} more`);
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThanOrEqual(ceilings.definitions);
    expect(verbs).toBeLessThanOrEqual(ceilings.verbs);
  },
);
