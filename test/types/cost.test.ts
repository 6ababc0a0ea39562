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
 * A schema, how many of it are defined, and the most that the definitions may add, alone and with
 * one use of each kind of verb: what was measured, and a fiftieth for what a patch of zod may move.
 */
const programs: Record<
  string,
  { schema: string; count: number; definitions: number; withVerbs: number }
> = {
  "a number": { schema: "z.number()", count: 1, definitions: 1167, withVerbs: 1692 },
  "a cart of 20 fields": { schema: CART, count: 1, definitions: 1862, withVerbs: 3176 },
  "an object of 200 fields": {
    schema: `z.object({ ${fields(200, (i) => types[i % 5] ?? "")} })`,
    count: 1,
    definitions: 1508,
    withVerbs: 6422,
  },
  "a map, a set and bytes": { schema: RICH, count: 1, definitions: 2404, withVerbs: 3280 },
  "a recursive schema": { schema: RECURSIVE, count: 1, definitions: 1997, withVerbs: 2723 },
  "ten carts": { schema: CART, count: 10, definitions: 7232, withVerbs: 18_139 },
  "a hundred carts": { schema: CART, count: 100, definitions: 60_935, withVerbs: 167_773 },
};

/** `count` schemas of one text, and what is done with each. */
const program = (text: string, count: number, each: (name: string) => string, head = "") => {
  const names = Array.from({ length: count }, (_, index) => `value${index}`);
  return [HEAD, head, ...names.map((it) => schema(it, text) + each(it))].join("\n");
};

it("belongs to one compiler", () => {
  expect(ts.versionMajorMinor).toBe("6.0");
});

it.each(Object.entries(programs))(
  "defineSession adds few type instantiations to what zod itself costs: %s",
  (title, { schema: text, count, ...ceilings }) => {
    const zod = instantiations(program(text, count, plain, PLAIN));
    const definitions = instantiations(program(text, count, defined)) - zod;
    const withVerbs = instantiations(program(text, count, (it) => defined(it) + used(it))) - zod;
    console.log(
      `${title}: zod ${zod}, defineSession ${definitions} more, with verbs ${withVerbs} more`,
    );
    expect(definitions).toBeGreaterThan(0);
    expect(definitions).toBeLessThanOrEqual(ceilings.definitions);
    expect(withVerbs).toBeLessThanOrEqual(ceilings.withVerbs);
  },
);

/** A route of Hono whose body zod validates, and which returns it. */
const HONO = `import { Hono } from "hono";
import { validator } from "hono/validator";`;
const route = (name: string) => `
export const ${name} = new Hono().post("/${name}", validator("json", (it) => ${name}Schema.parse(it)),
  (c) => c.json(c.req.valid("json")));
`;

it.each([1, 100])("a definition costs less than a route of Hono with its schema: %d", (count) => {
  const hono = instantiations(program(CART, count, route, HONO));
  const zession = instantiations(program(CART, count, defined));
  console.log(`${count}: Hono ${hono}, Zession ${zession}`);
  expect(zession).toBeLessThan(hono);
});
