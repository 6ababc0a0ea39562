import { error, type IRequest, json, Router } from "itty-router";
import { serve } from "srvx";
import { cookieKey, defineSession, type SessionRequest } from "zession";
import { z } from "zod";

const cart = defineSession({
  name: "cart",
  key: z.string(),
  value: z.object({ items: z.array(z.string()), user: z.string().optional() }),
  keyFn: cookieKey(),
  lifetime: { idle: "30m", absolute: "12h" },
});

const router = Router<IRequest & SessionRequest<typeof cart>>({
  before: [cart.middleware],
  catch: error,
  finally: [json, cart.finalize],
});

router.get("/", async (request) => (await request.cart.find()) ?? { items: [] });

router.post("/items/:item", async ({ cart, params: { item = "" } }) =>
  cart.upsert({ items: [item] }, (it) => void it.items.push(item)),
);

router.all("*", () => error(404));

serve({ fetch: router.fetch, hostname: "127.0.0.1", port: process.env["PORT"] ?? 3000 });
