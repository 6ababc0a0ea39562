import ts from "typescript";
import { type Editor, editorOf, startOf } from "../../test/compiler.ts";
import { inTurn } from "../lib/in-turn.ts";
import { type Effort, figure, type Section } from "../lib/section.ts";
import { median, medianRatio } from "../lib/statistics.ts";

/** How many carts are kept in sessions in the file that is edited. */
const CARTS = 20;

const CART = `z.object({
  id: z.string(),
  items: z.array(z.object({ sku: z.string(), qty: z.number() })),
  note: z.string().optional(),
  opened: z.date(),
  paid: z.boolean(),
  total: z.number(),
})`;
const FIRST = `{ id: "a", items: [], opened: new Date(), paid: false, total: 0 }`;
const UPDATE = `(cart) => ({ ...cart, total: cart.total + 1 })`;

/** A session as a program without a library would type it. */
const BY_HAND = `
interface Handle<Value> {
  find(): Promise<Value | undefined>;
  insert(value: Value): Promise<Value>;
  swap(value: Value): Promise<Value | undefined>;
  upsert(initial: Value, update: (current: Value) => Value | Promise<Value>): Promise<Value>;
  update(update: (current: Value) => Value | Promise<Value>): Promise<Value | undefined>;
  remove(): Promise<boolean>;
  touch(): Promise<boolean>;
}
`;

/** The same program in each way: what stands at its top, and what there is of each cart. */
const programs = {
  "z.infer": {
    head: BY_HAND,
    cart: (name: string) => `
declare function ${name}Of(request: Request): Handle<z.infer<typeof ${name}Schema>>;
export const ${name} = async (request: Request) => {
  const session = ${name}Of(request);
  const cart = await session.upsert(${FIRST}, ${UPDATE});
  return Response.json(cart.total);
};`,
  },
  "Hono's c.var": {
    head: `import { Hono } from "hono";\n${BY_HAND}`,
    cart: (name: string) => `
interface ${name}Env { Variables: { ${name}: Handle<z.infer<typeof ${name}Schema>> } }
export const ${name} = new Hono<${name}Env>().get("/${name}", async (c) => {
  const session = c.var.${name};
  const cart = await session.upsert(${FIRST}, ${UPDATE});
  return c.json(cart.total);
});`,
  },
  Zession: {
    head: `import { cookieKey, defineSession } from "zession";`,
    cart: (name: string) => `
const ${name}Sessions = defineSession({ name: "${name}", value: ${name}Schema, keyFn: cookieKey() });
export const ${name} = ${name}Sessions.wrap(async (request) => {
  const session = request.${name};
  const cart = await session.upsert(${FIRST}, ${UPDATE});
  return Response.json(cart.total);
});`,
  },
};

/** The cart in whose handler somebody types: one in the middle. */
const EDITED = `cart${CARTS / 2}`;

function moduleOf({ head, cart }: (typeof programs)[keyof typeof programs]): string {
  const carts = Array.from({ length: CARTS }, (_, index) => `cart${index}`);
  const schemas = carts.map((name) => `const ${name}Schema = ${CART};`);
  return [`import { z } from "zod";`, head, ...schemas, ...carts.map(cart)].join("\n");
}

/** What an editor does for somebody who types, and whether its answer is the right one. */
const actions: Readonly<Record<string, (editor: Editor, module: string) => () => boolean>> = {
  "names offered behind `session.`": ({ service, file, edit }, module) => {
    const place = startOf(module, "  const cart =", `export const ${EDITED} `);
    const typed = "  session.";
    edit(`${module.slice(0, place)}${typed}\n${module.slice(place)}`);
    return () => {
      const offered = service.getCompletionsAtPosition(file, place + typed.length, {})?.entries;
      return offered?.some(({ name }) => name === "upsert") ?? false;
    };
  },
  "what is shown of `upsert`": ({ service, file, edit }, module) => {
    const place = startOf(module, "upsert(", `export const ${EDITED} `);
    edit(module);
    return () => {
      const shown = ts.displayPartsToString(
        service.getQuickInfoAtPosition(file, place)?.displayParts,
      );
      return shown.includes("upsert") && shown.includes("total: number");
    };
  },
  "errors after a character in an update": ({ service, file, edit }, module) => {
    const place =
      startOf(module, "cart.total + 1", `export const ${EDITED} `) + "cart.total".length;
    edit(`${module.slice(0, place)}l${module.slice(place)}`);
    return () => {
      const found = [
        ...service.getSyntacticDiagnostics(file),
        ...service.getSemanticDiagnostics(file),
      ];
      return found.length === 1 && found[0]?.start === place - "total".length;
    };
  },
};

/** How long an editor takes to answer somebody who types in a file with many sessions. */
export async function editor({ isQuick }: Effort): Promise<Section> {
  const opened = Object.entries(programs).map(([name, program]) => {
    const module = moduleOf(program);
    return { name, module, editor: editorOf(module) };
  });
  const rows: string[][] = [];
  for (const [action, prepare] of Object.entries(actions)) {
    const times = await inTurn(
      action,
      isQuick ? 1 : 40,
      Object.fromEntries(
        opened.map(({ name, module, editor }) => [
          name,
          async () => {
            const answer = prepare(editor, module);
            const started = performance.now();
            const isRight = answer();
            const passed = performance.now() - started;
            if (!isRight) throw new Error(`${action}: the answer is another with ${name}`);
            return passed;
          },
        ]),
      ),
    );
    const base = times["z.infer"] ?? [];
    for (const [name, all] of Object.entries(times)) {
      const ratio = name === "z.infer" ? "" : figure(medianRatio(all, base));
      rows.push([action, name, figure(median(all)), figure(Math.min(...all)), ratio]);
    }
  }
  return {
    title: "Types: an editor's answers",
    text: [
      `The language service of TypeScript ${ts.version} has a file open with ${CARTS} sessions, each of a cart of six fields and with a handler that updates it. Before each answer somebody has typed in the middle of the file, so the compiler reads it again, as it does in an editor. The same program is written with types by hand: \`z.infer\` and an interface of the verbs, in functions or in Hono's \`c.var\`.`,
    ],
    tables: [
      {
        title: "Time until an editor answers, in ms",
        reading:
          "The last column tells how many times as long it takes as with the types by hand in functions.",
        columns: ["answer", "with", "median", "minimum", "× z.infer"],
        rows,
      },
    ],
    charts: [],
  };
}
