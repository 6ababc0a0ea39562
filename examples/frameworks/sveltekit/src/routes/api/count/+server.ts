import { json } from "@sveltejs/kit";
import type { RequestHandler } from "./$types";

export const POST: RequestHandler = async ({ locals }) =>
  json(await locals.visitor.upsert({ count: 1 }, (it) => void it.count++));
