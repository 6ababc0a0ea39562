import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { getIronSession } from "iron-session";
import { error, type IRequest, Router, text } from "itty-router";
import { serve } from "srvx";
import type { SessionRequest } from "zession";
import { IDLE_SECONDS, SECRET, type Start } from "./app.ts";
import { defaults, signed, type Visits, visit } from "./visits.ts";

async function listen(handle: (request: Request) => Promise<Response>): Promise<number> {
  const server = serve({
    fetch: handle,
    port: 0,
    hostname: "127.0.0.1",
    silent: true,
    node: { keepAliveTimeout: 600_000 },
  });
  await server.ready();
  return Number(new URL(server.url ?? "").port);
}

const pathOf = ({ url }: Request): string => url.slice(url.lastIndexOf("/"));

/** What a careful program would write without a library: a map, and a cookie with a signed id. */
const byHand = (idleMs: number) => () => {
  const sessions = new Map<string, { count: number; expiresAt: number }>();
  const sign = (id: string): Buffer => createHmac("sha256", SECRET).update(id).digest();
  const idOf = (cookies: string | null): string | undefined => {
    const [, id, signature] = /(?:^|;\s*)visits=([\w-]+)\.([\w-]{43})/.exec(cookies ?? "") ?? [];
    if (id === undefined || signature === undefined) return undefined;
    return timingSafeEqual(sign(id), Buffer.from(signature, "base64url")) ? id : undefined;
  };
  const router = Router({ catch: error });
  router.get("*", async (request) => {
    const path = pathOf(request);
    const presented = idOf(request.headers.get("cookie"));
    const found = presented === undefined ? undefined : sessions.get(presented);
    const live = found !== undefined && found.expiresAt > Date.now() ? found : undefined;
    if (path === "/read") return text(`${live?.count ?? 0}`);
    const count = (live?.count ?? 0) + 1;
    if (path === "/slow") await delay(1);
    const id = live === undefined ? randomBytes(32).toString("base64url") : (presented ?? "");
    sessions.set(id, { count, expiresAt: Date.now() + idleMs });
    const response = text(`${count}`);
    if (live === undefined) {
      const cookie = `visits=${id}.${sign(id).toString("base64url")}`;
      response.headers.append("set-cookie", `${cookie}; Path=/; HttpOnly; SameSite=Lax`);
    }
    return response;
  });
  return listen(router.fetch);
};

const ironSession = (ttl?: number) => () => {
  const router = Router({ catch: error });
  router.get("*", async (request) => {
    const path = pathOf(request);
    const response = new Response();
    const session = await getIronSession<{ count: number }>(request, response, {
      password: SECRET,
      cookieName: "visits",
      ...(ttl === undefined ? {} : { ttl }),
    });
    if (path !== "/read") {
      const count = (session.count ?? 0) + 1;
      if (path === "/slow") await delay(1);
      session.count = count;
    }
    if (path !== "/read" || ttl !== undefined) await session.save();
    return new Response(`${session.count ?? 0}`, { headers: response.headers });
  });
  return listen(router.fetch);
};

const zession = (define: () => Visits) => () => {
  const visits = define();
  const router = Router<IRequest & SessionRequest<Visits>>({
    before: [visits.middleware],
    catch: error,
    finally: [text, visits.finalize],
  });
  router.get("*", (request) => visit(pathOf(request), request.visits));
  return listen(router.fetch);
};

export const apps: Record<string, Start> = {
  bare: () => {
    const router = Router({ catch: error });
    router.get("*", () => text("1"));
    return listen(router.fetch);
  },
  "by hand": byHand(Number.POSITIVE_INFINITY),
  "iron-session": ironSession(),
  Zession: zession(defaults),
  "by hand, idle limit": byHand(IDLE_SECONDS * 1000),
  "iron-session, idle limit": ironSession(IDLE_SECONDS),
  "Zession, signed, idle limit": zession(signed),
};
