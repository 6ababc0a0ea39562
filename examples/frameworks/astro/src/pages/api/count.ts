import type { APIRoute } from "astro";
import { visitors } from "../../lib/visitors";

export const POST: APIRoute = async ({ cookies }) =>
  Response.json(await visitors.open(cookies).upsert({ count: 1 }, (it) => void it.count++));
