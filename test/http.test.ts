import { Agent, request } from "node:http";
import { Router } from "itty-router";
import { serve } from "srvx";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defineSession } from "zession";
import { z } from "zod";

const visits = defineSession({
  name: "visits",
  key: z.string().min(1),
  value: z.number().int(),
  keyFn: (request) => request.headers.get("x-client-id"),
});

const router = Router({ before: [visits.middleware], finally: [visits.finalize] });
router.get("/slow", async (request) => {
  const count = await request.visits?.upsert(1, async (n: number) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return n + 1;
  });
  return new Response(`${count}`);
});

const server = serve({
  fetch: router.fetch,
  port: 0,
  hostname: "127.0.0.1",
  manual: true,
  silent: true,
});
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  await server.serve();
  await server.ready();
});
afterAll(async () => {
  agent.destroy();
  await server.close(true);
});

function get(path: string, client: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(
      new URL(path, server.url),
      { agent, headers: { "x-client-id": client } },
      (response) => {
        let body = "";
        response.on("data", (chunk) => (body += chunk)).on("end", () => resolve(body));
      },
    )
      .on("error", reject)
      .end();
  });
}

it("1,000 upserts of one key over 50 connections, each update waiting a millisecond, leave 1,000 (S34, B21)", async () => {
  const counts = await Promise.all(Array.from({ length: 1000 }, () => get("/slow", "one")));
  expect(await visits.store.find("one")).toBe(1000);
  expect(new Set(counts).size).toBe(1000);
});
