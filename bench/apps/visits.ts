import { setTimeout as delay } from "node:timers/promises";
import { type CookieSession, cookieKey, defineSession } from "zession";
import { z } from "zod";
import { IDLE_SECONDS, SECRET } from "./app.ts";

const value = z.object({ count: z.number().int() });

/** Zession as its README sets it up. */
export const defaults = () => defineSession({ name: "visits", value, keyFn: cookieKey() });

/** Signed, and with an idle limit. */
export const signed = (): Visits =>
  defineSession({
    name: "visits",
    value,
    keyFn: cookieKey({ secrets: [SECRET] }),
    lifetime: { idle: IDLE_SECONDS * 1000 },
  });

/** Either of them. */
export type Visits = ReturnType<typeof defaults>;
export type VisitsSession = CookieSession<string, z.infer<typeof value>>;

/** What each path does. */
export async function visit(path: string, session: VisitsSession): Promise<string> {
  if (path === "/read") return `${(await session.find())?.count ?? 0}`;
  const { count } = await session.upsert({ count: 1 }, path === "/slow" ? countSlowly : countOne);
  return `${count}`;
}

function countOne(it: z.infer<typeof value>): void {
  it.count++;
}

async function countSlowly(it: z.infer<typeof value>): Promise<void> {
  await delay(1);
  it.count++;
}
