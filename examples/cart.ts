import { error, type IRequestStrict, json, Router } from "itty-router";
import { serve } from "srvx";
import { combine, cookieKey, defineSession } from "zession";
import { z } from "zod";

const cart = defineSession({
  name: "cart",
  key: z.string(),
  value: z.object({ items: z.array(z.string()), user: z.string().optional() }),
  keyFn: cookieKey(),
  lifetime: { idle: "30m", absolute: "12h" },
});

const web = combine(cart);
const router = Router<IRequestStrict & typeof web.Request>({ ...web.router, catch: error });

router.get("/", async (request) => json((await request.cart.find()) ?? { items: [] }));

router.post("/items/:item", async ({ cart, params: { item = "" } }) =>
  json(await cart.upsert({ items: [item] }, (it) => void it.items.push(item))),
);

router.all("*", () => error(404));

serve({ fetch: router.fetch, hostname: "127.0.0.1", port: process.env["PORT"] ?? 3000 });
