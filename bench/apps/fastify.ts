import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import cookie from "@fastify/cookie";
import session, { type FastifySessionOptions } from "@fastify/session";
import fastify, { type FastifyInstance } from "fastify";
import { fastifySession as zessionPlugin } from "zession/routers/fastify";
import { IDLE_SECONDS, SECRET, type Start } from "./app.ts";
import { defaults, signed, type Visits, visit } from "./visits.ts";

declare module "fastify" {
  interface Session {
    count: number;
  }
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: "127.0.0.1" });
  return (app.server.address() as AddressInfo).port;
}

const fastifySession = (options: Partial<FastifySessionOptions>) => () => {
  const app = fastify({ keepAliveTimeout: 600_000 });
  app.register(cookie);
  // Without `secure: false` it sets no cookie over plain HTTP.
  app.register(session, { secret: SECRET, cookie: { secure: false }, ...options });
  app.get("/count", ({ session }, reply) => {
    session.count = (session.count ?? 0) + 1;
    reply.send(`${session.count}`);
  });
  app.get("/read", ({ session }, reply) => void reply.send(`${session.count ?? 0}`));
  app.get("/slow", async ({ session }) => {
    const count = (session.count ?? 0) + 1;
    await delay(1);
    session.count = count;
    return `${session.count}`;
  });
  return listen(app);
};

const zession = (define: () => Visits) => () => {
  const visits = define();
  const app = fastify({ keepAliveTimeout: 600_000 });
  app.register(zessionPlugin(visits));
  for (const path of ["/count", "/read", "/slow"])
    app.get(path, (request) => visit(path, visits.of(request)));
  return listen(app);
};

export const apps: Record<string, Start> = {
  bare: () => {
    const app = fastify({ keepAliveTimeout: 600_000 });
    for (const path of ["/count", "/read", "/slow"])
      app.get(path, (_, reply) => void reply.send("1"));
    return listen(app);
  },
  "@fastify/session": fastifySession({}),
  Zession: zession(defaults),
  "@fastify/session, idle limit": fastifySession({
    rolling: true,
    cookie: { secure: false, maxAge: IDLE_SECONDS * 1000 },
  }),
  "Zession, signed, idle limit": zession(signed),
};
