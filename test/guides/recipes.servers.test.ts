import { dirname } from "node:path";
import { expect, it } from "vitest";
import { deno } from "../runtimes/runtimes.ts";
import { compile, follow, type Replaced, readRecipe } from "./recipe.ts";
import { visitRecipe } from "./visit.ts";

// npm installs itty-router 5 unless it is asked for 6, so readers have either.
const older: Replaced = { "itty-router": "itty-router-5" };

const pages: [page: string, replaced?: Replaced][] = [
  ["routers/elysia"],
  ["routers/express"],
  ["routers/fastify"],
  ["routers/fetch"],
  ["routers/h3"],
  ["routers/hono"],
  ["routers/itty-router"],
  ["routers/itty-router", older],
  ["runtimes/bun"],
  ["runtimes/deno"],
  ["runtimes/node"],
];

it.concurrent.each(pages)(
  "the recipe of %s counts, signs in and out, and answers errors with their status",
  async (page, replaced) => {
    const { url, stop } = await follow(
      readRecipe(page),
      page === "runtimes/deno" ? [dirname(deno.program())] : [],
      replaced,
    );
    try {
      await visitRecipe((path, init) => fetch(`${url}${path}`, init));
    } finally {
      await stop();
    }
  },
);

it.each([{}, older])(
  "the first program of getting started counts by a header: %o",
  async (replaced) => {
    const { url, stop } = await follow(readRecipe("getting-started"), [], replaced);
    try {
      const texts: string[] = [];
      for (const headers of [{ "x-client-id": "ada" }, { "x-client-id": "ada" }, {}])
        texts.push(await (await fetch(url, { headers })).text());
      expect(texts).toEqual(["Visit 1", "Visit 2", "Who are you?"]);
    } finally {
      await stop();
    }
  },
);

// The types of Bun are not installed here, and Deno has a compiler of its own.
const onNode = pages.filter(([page]) => !/elysia|bun|deno/.test(page));

it.each([...onNode, ["getting-started"] as const, ["getting-started", older] as const])(
  "the program of %s compiles with what its page says for editors",
  (page, replaced) => {
    const recipe = readRecipe(page);
    // What is wrong shows that the compiler reads both files, and that it finds nothing else.
    const more = 'import { other } from "./other.ts";\nexport const wrong: string = other;\n';
    const program = `${recipe.program}\n${more}`;
    // npm installs TypeScript 7.
    const complaints = compile({ ...recipe, program }, { ...replaced, typescript: "typescript-7" });
    expect(complaints.trim().split("\n")).toEqual([expect.stringContaining("error TS2322: ")]);
  },
);
