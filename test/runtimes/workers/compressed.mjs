// A body that the program has compressed itself, with a cookie.
import { Hono } from "hono";
import { cookieKey, defineSession } from "zession";
import { honoSession } from "zession/routers/hono";
import { z } from "zod";

const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });

function compressed(text) {
  const body = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(body, { encodeBody: "manual", headers: { "content-encoding": "gzip" } });
}

const app = new Hono()
  .use(honoSession(visits))
  .get("/hono", async (c) => compressed(`${await c.var.visits.insert(2)}`));
const plain = visits.wrap(async ({ visits }) => compressed(`${await visits.insert(1)}`));

export default {
  fetch: (request) => (request.url.endsWith("/hono") ? app.fetch(request) : plain(request)),
};
