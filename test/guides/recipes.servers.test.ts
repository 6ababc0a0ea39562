import { dirname } from "node:path";
import { it } from "vitest";
import { deno } from "../runtimes/runtimes.ts";
import { follow, readRecipe } from "./recipe.ts";
import { visitRecipe } from "./visit.ts";

const pages = [
  "routers/elysia",
  "routers/express",
  "routers/fastify",
  "routers/fetch",
  "routers/h3",
  "routers/hono",
  "routers/itty-router",
  "runtimes/bun",
  "runtimes/deno",
  "runtimes/node",
];

it.concurrent.each(pages)(
  "the recipe of %s counts, signs in and out, and answers errors with their status",
  async (page) => {
    const { url, stop } = await follow(
      readRecipe(page),
      page === "runtimes/deno" ? [dirname(deno.program())] : [],
    );
    try {
      await visitRecipe((path, init) => fetch(`${url}${path}`, init));
    } finally {
      await stop();
    }
  },
);
