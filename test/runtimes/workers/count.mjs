// Definitions at the module scope of a Worker, in memory. Each update waits for as many milliseconds as the path says.
import { Router } from "itty-router";
import { cookieKey, defineSession, headerKey } from "zession";
import { z } from "zod";

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });
const hits = defineSession({
  name: "hits",
  key: z.string(),
  value: z.number(),
  keyFn: headerKey("x-client"),
});

const router = Router({ before: [visits.middleware], finally: [visits.finalize] });
router.get("/:milliseconds", async ({ visits, params }) => {
  const count = await visits.upsert(1, async (n) => {
    await wait(Number(params.milliseconds));
    return n + 1;
  });
  return new Response(`${count}`);
});
router.post("/rotate", async ({ visits }) => {
  await visits.rotate();
  return new Response("rotated");
});

const plain = hits.wrap(async ({ hits }) => {
  const count = await hits.upsert(1, (n) => wait(1).then(() => n + 1));
  return new Response(`${count}`);
});

export default {
  fetch: (request) => (request.headers.has("x-client") ? plain(request) : router.fetch(request)),
};
