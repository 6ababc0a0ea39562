import { error, Router } from "itty-router";
import { type ServerRequest, serve } from "srvx";
import { defineSession } from "zession";
import { z } from "zod";
import { chosenDriver } from "./driver.ts";

const visits = defineSession({
  name: "visits",
  key: z.string(),
  value: z.number().int(),
  keyFn: (request: ServerRequest) => request.ip,
  driver: await chosenDriver(),
});

const router = Router({ catch: error, finally: [visits.finalize] });

router.get("/", visits.middleware, async (request) => {
  const count = await request.visits?.upsert(1, (n) => n + 1);
  console.log(`${count} hits from ${request.ip}`);
  return new Response(`Sessioned count: ${count}`);
});

router.all("*", () => error(404));

serve({ fetch: router.fetch, hostname: "127.0.0.1", port: process.env["PORT"] ?? 3000 });
