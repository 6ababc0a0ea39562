// A router over sessions in D1, and the driver suite, a test a request.
import { env } from "cloudflare:workers";
import { error, Router } from "itty-router";
import { cookieKey, defineSession } from "zession";
import { d1Driver } from "zession/drivers/d1";
import { z } from "zod";
import { suite } from "./suite.mjs";

const driver = d1Driver({ database: env.DB });
const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey(), driver });
const router = Router({
  before: [visits.middleware],
  finally: [visits.finalize],
  catch: (thrown) => error(thrown.status, thrown.code),
});
router.get("/", async ({ visits }) => new Response(`${await visits.upsert(1, (n) => n + 1)}`));
router.get("/find", async ({ visits }) => new Response(`${await visits.find()}`));
router.post("/drop", () =>
  env.DB.prepare("DROP TABLE zession")
    .run()
    .then(() => new Response("")),
);
router.post("/migrate", () => driver.migrate().then(() => new Response("")));
router.post("/late", () =>
  driver.write("b", "text", { timeout: 0 }).then(
    () => new Response("written"),
    (error) => new Response(error.message),
  ),
);
const runSuite = suite("d1Driver", () => d1Driver({ database: env.DB }));

export default {
  fetch: (request) => runSuite(request) ?? router.fetch(request),
};
