import { fileURLToPath } from "node:url";
import { bundle } from "../../test/bundle.ts";
import { instantiations } from "../../test/compiler.ts";
import type { Effort, Section } from "../lib/section.ts";

const folder = fileURLToPath(new URL("../", import.meta.url));

/** What programs import. */
const entries: Readonly<Record<string, string>> = {
  "zession: defineSession": 'export { defineSession } from "zession";',
  "zession: defineSession, cookieKey": 'export { cookieKey, defineSession } from "zession";',
  "zession: everything": 'export * from "zession";',
  "zession/drivers/sqlite": 'export * from "zession/drivers/sqlite";',
  "zession/drivers/redis": 'export * from "zession/drivers/redis";',
  "zession/drivers/postgres": 'export * from "zession/drivers/postgres";',
  "zession/routers/express": 'export * from "zession/routers/express";',
  "zession/routers/fastify": 'export * from "zession/routers/fastify";',
  "zession/routers/hono": 'export * from "zession/routers/hono";',
  "express-session": 'export { default } from "express-session";',
  "@fastify/session": 'export { default } from "@fastify/session";',
  "hono-sessions": 'export * from "hono-sessions";',
  "@hono/session": 'export * from "@hono/session";',
  "iron-session": 'export * from "iron-session";',
};

const HEAD = `
import { z } from "zod";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { cookieKey, defineSession } from "zession";
declare function infer<Schema extends StandardSchemaV1>(schema: Schema): [
  StandardSchemaV1.InferInput<Schema>, StandardSchemaV1.InferOutput<Schema>];
`;

/** Value schemas. What zod's types cost by themselves is measured where a function infers them, and does no more. */
const schemas: Readonly<Record<string, string>> = {
  "a number": "z.number()",
  "an object": "z.object({ a: z.string(), b: z.number().optional(), c: z.array(z.date()) })",
  "maps and sets": "z.object({ a: z.map(z.string(), z.date()), b: z.set(z.bigint()) })",
};

/** An app of Hono with a session whose type is known in its handlers: Zession's, and one that is declared by hand. */
const HONO = `
import { Hono } from "hono";
import { honoSession } from "zession/routers/hono";
const value = z.object({ count: z.number() });
const visits = defineSession({ name: "visits", value, keyFn: cookieKey() });
`;
const honoApps = {
  declared: `new Hono<{ Variables: { visits: ReturnType<typeof visits.of> } }>()`,
  inferred: `new Hono().use(honoSession(visits))`,
};

/** How many bytes a program's users load, and how much work the types are. */
export async function size(_: Effort): Promise<Section> {
  const rows: string[][] = [];
  const bars: { group: string; name: string; value: number }[] = [];
  for (const [name, module] of Object.entries(entries)) {
    const { gzipped, minified } = await bundle(module, folder);
    rows.push([name, minified.toLocaleString("en"), gzipped.toLocaleString("en")]);
    const group = name.startsWith("zession") ? "Zession" : "peers";
    bars.push({ group, name: name.replace("zession", "Zession"), value: gzipped / 1000 });
  }
  const types = Object.entries(schemas).map(([name, schema]) => {
    const head = `${HEAD}const value = ${schema};\n`;
    const zod = instantiations(`${head}infer(value);`);
    const all = instantiations(
      `${head}export const it = defineSession({ value, keyFn: cookieKey() });`,
    );
    return [name, `${zod}`, `${all - zod}`];
  });
  const [declared, inferred] = [honoApps.declared, honoApps.inferred].map((app) =>
    instantiations(
      `${HEAD}${HONO}export const app = ${app}.get("/", async (c) => c.json(await c.var.visits.find()));`,
    ),
  );
  return {
    title: "Size: bundles and types",
    text: [
      "Bundled by esbuild for Node, minified and compressed by gzip. Schema libraries stay outside, because a program has its own; so do Redis's and Postgres's clients.",
    ],
    tables: [
      {
        title: "Bytes",
        reading: "What a program loads that imports this and no more; gzipped is what is sent.",
        columns: ["entry", "minified", "gzipped"],
        rows,
      },
      {
        title: "Type instantiations",
        reading:
          "The compiler's work for one definition: what zod's inference takes by itself, and what Zession adds to it.",
        columns: ["a session of", "zod by itself", "more, with defineSession"],
        rows: types,
      },
      {
        title: "Type instantiations of an app on Hono",
        reading:
          "The compiler's work for the same app, with the session's type declared for Hono by hand and with Zession's middleware telling it.",
        columns: ["declared by hand", "told by honoSession"],
        rows: [[`${declared}`, `${inferred}`]],
      },
    ],
    charts: [{ file: "size", title: "Bundles", unit: "kB, minified and gzipped", bars }],
  };
}
