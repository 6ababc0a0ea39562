import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { mysqlDriver } from "zession/drivers/mysql";
import { postgresDriver } from "zession/drivers/postgres";
import { complaints } from "../compiler.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const find = (patterns: string[]) => globSync(patterns, { cwd: fileURLToPath(root) }).sort();
const pages = ["README.md", ...find(["docs/*.md", "docs/{routers,runtimes}/*.md"])];
const recipes = find(["docs/{routers,runtimes}/*.md"]);

/** The TypeScript of a page, each block a module of its own. */
function snippets(page: string): string[] {
  return [...read(page).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? "");
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((it) =>
    it
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** What a page has defined before, for the blocks that go on from there. */
const GLOBALS = `
import { z } from "zod";
import { Router } from "itty-router";
import { cookieKey, defineSession, type SessionDefinition, type SessionRequest } from "zession";
const visitsDefined = defineSession({
  name: "visits", key: z.string(), value: z.number(), keyFn: (request) => request.headers.get("a"),
});
const cartsDefined = defineSession({
  name: "carts", key: z.string(), keyFn: cookieKey(),
  value: z.object({
    items: z.array(z.object({ sku: z.string(), added: z.date() })),
    message: z.string().optional(),
  }),
});
const routerDefined = Router();
declare global {
  namespace Cloudflare {
    interface Env {
      readonly KV: import("zession/drivers/cloudflare-kv").KvBinding;
      readonly DB: import("zession/drivers/d1").D1Binding;
      readonly SESSIONS: import("zession/drivers/durable-object").SessionObjectNamespace;
    }
  }
  const visits: typeof visitsDefined;
  const carts: typeof cartsDefined;
  const router: typeof routerDefined;
}
`;

describe("the documentation", () => {
  it("has only TypeScript that compiles", () => {
    const modules: Record<string, string> = { "globals.ts": GLOBALS };
    for (const page of pages) {
      for (const [index, code] of snippets(page).entries()) {
        // A block is a module, also without an import of its own.
        modules[`${page.replace(/\W/g, "-")}-${index}.ts`] = `import "./globals.ts";\n${code}`;
      }
    }
    expect(Object.keys(modules).length).toBeGreaterThan(5);
    expect(complaints(modules)).toEqual([]);
    // The instrument sees what it should.
    expect(
      complaints({
        "globals.ts": GLOBALS,
        "wrong.ts": 'import "./globals.ts";\nvisits.store.insert("a", "1");',
      }),
    ).toHaveLength(1);
  });

  it("shows the statements by which postgresDriver and mysqlDriver make their tables", () => {
    const postgres = postgresDriver({ pool: { query: async () => ({ rows: [] }) } });
    const mysql = mysqlDriver({ pool: { execute: async () => [[]] } });
    for (const { ddl } of [postgres, mysql])
      expect(read("docs/drivers.md")).toContain(`\`\`\`sql${ddl}\`\`\``);
  });

  it("shows the programs that there are in examples, with `npm run demo`'s among them", () => {
    const shown = snippets("README.md");
    expect(shown[0]).toBe(read("examples/cart.ts"));
    const lines = read("examples/count.ts").split("\n");
    // But for the two lines by which the demo can be told of another driver.
    const others = lines.filter((it) => !it.includes("chosenDriver"));
    expect(lines.length - others.length).toBe(2);
    expect(shown[1]).toBe(others.join("\n"));
  });

  it("shows how to sign a user out everywhere, as in examples", () => {
    const [shown] = snippets("docs/cookies.md").filter((it) => it.includes("signOutEverywhere"));
    expect(shown).toBe(read("examples/sign-out-everywhere.ts"));
  });

  it.each(recipes)("shows the whole program that there is in examples: %s", (page) => {
    const path = page.replace(/^docs(.*)\.md$/, "examples$1");
    const files = find([`${path}.ts`, `${path}/**/*.{ts,tsx}`]);
    expect(files).not.toEqual([]);
    for (const file of files) {
      const language = files.length === 1 ? "ts" : "tsx";
      expect(read(page)).toContain(`\n\`\`\`${language}\n${read(file)}\`\`\`\n`);
    }
  });

  it.each([...pages, ...find(["docs/frameworks/*.md"])])(
    "links only to what is there: %s",
    (page) => {
      const location = new URL(page, root);
      for (const [, link = "", anchor] of read(page).matchAll(
        /\]\((?!https?:)([^)#]*)#?([^)]*)\)/g,
      )) {
        const target = link === "" ? location : new URL(link, location);
        expect(() => readFileSync(target), link).not.toThrow();
        if (anchor !== "") expect(anchors(readFileSync(target, "utf8")), page).toContain(anchor);
      }
    },
  );
});
