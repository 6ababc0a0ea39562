// Sessions in Workers KV, and the driver suite, a test a request.
import { env } from "cloudflare:workers";
import { cookieKey, defineSession } from "zession";
import { cloudflareKvDriver } from "zession/drivers/cloudflare-kv";
import { z } from "zod";
import { suite } from "./suite.mjs";

const driver = cloudflareKvDriver({ namespace: env.KV });
const themes = defineSession({ name: "themes", value: z.string(), keyFn: cookieKey(), driver });
const handle = themes.wrap(async ({ method, themes }) => {
  if (method === "POST") return new Response(await themes.insert("dark"));
  if (method === "DELETE") return new Response(String(await themes.remove()));
  return new Response((await themes.find()) ?? "none");
});
const runSuite = suite("cloudflareKvDriver", () => cloudflareKvDriver({ namespace: env.KV }));

export default {
  fetch: (request) => runSuite(request) ?? handle(request),
};
