// A router over sessions in Durable Objects, and the driver suite, a test a request.
import { env } from "cloudflare:workers";
import { error, Router } from "itty-router";
import { cookieKey, defineSession } from "zession";
import { durableObjectDriver, SessionObject } from "zession/drivers/durable-object";
import { z } from "zod";
import { suite } from "./suite.mjs";

/** What happens to objects that are called: `throw`, `restart`, or `lose` the answer to a write. */
let fault;

/** It also tells how many things it stores, and has faults. */
export class ObservedObject extends SessionObject {
  size() {
    return [...this.ctx.storage.kv.list()].length;
  }

  read() {
    this.#fail();
    return super.read();
  }

  async write(text, options) {
    this.#fail();
    const result = await super.write(text, options);
    if (fault === "lose") this.ctx.abort("the answer is lost");
    return result;
  }

  #fail() {
    if (fault === "throw") throw new Error("a fault of the object");
    if (fault === "restart") this.ctx.abort("the object is restarted");
  }
}

const driver = durableObjectDriver({ namespace: env.SESSIONS });
const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey(), driver });
const router = Router({
  before: [visits.middleware],
  finally: [visits.finalize],
  catch: (thrown) => error(thrown.status, thrown.code),
});
router.get("/", async ({ visits }) => new Response(`${await visits.upsert(1, (n) => n + 1)}`));
router.get("/find", async ({ visits }) => new Response(`${await visits.find()}`));
router.post("/fault/:fault", ({ params }) => {
  fault = params.fault;
  return new Response("");
});
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
