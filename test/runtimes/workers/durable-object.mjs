// A router over sessions in Durable Objects, and the driver suite, a test a request.
import { env } from "cloudflare:workers";
import { Router } from "itty-router";
import { cookieKey, defineSession } from "zession";
import { durableObjectDriver, SessionObject } from "zession/drivers/durable-object";
import { z } from "zod";
import { suite } from "./suite.mjs";

/** It also tells how many things it stores. */
export class ObservedObject extends SessionObject {
  size() {
    return [...this.ctx.storage.kv.list()].length;
  }
}

const driver = durableObjectDriver({ namespace: env.SESSIONS });
const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey(), driver });
const router = Router({ before: [visits.middleware], finally: [visits.finalize] });
router.get("/", async ({ visits }) => new Response(`${await visits.upsert(1, (n) => n + 1)}`));
router.post("/expire", async () => {
  const { version } = await driver.write("a", "text", { expiresAt: 1, ttl: 200 });
  await driver.touch("a", { expiresAt: 2, ttl: 400, if: { version } });
  return new Response("");
});
router.get("/size", async () => {
  return new Response(`${await env.SESSIONS.get(env.SESSIONS.idFromName("a")).size()}`);
});
router.post("/late", () =>
  driver.write("b", "text", { timeout: 0 }).then(
    () => new Response("written"),
    (error) => new Response(error.message),
  ),
);
const runSuite = suite("durableObjectDriver", () =>
  durableObjectDriver({ namespace: env.SESSIONS }));

export default {
  fetch: (request) => runSuite(request) ?? router.fetch(request),
};
