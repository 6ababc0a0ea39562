import { setTimeout as delay } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { type SessionEnv, useSession, useSessionStorage } from "@hono/session";
import { Hono } from "hono";
import { MemoryStore, type Session, sessionMiddleware } from "hono-sessions";
import { honoSession as zessionMiddleware } from "zession/routers/hono";
import { IDLE_SECONDS, listen, SECRET, type Start } from "./app.ts";
import { defaults, signed, type Visits, visit } from "./visits.ts";

type Options = Parameters<typeof sessionMiddleware>[0];

const honoSessions = (options: Partial<Options>) => () => {
  const app = new Hono<{ Variables: { session: Session<{ count: number }> } }>();
  app.use(
    "*",
    sessionMiddleware({
      store: new MemoryStore(),
      encryptionKey: SECRET,
      cookieOptions: { sameSite: "Lax", path: "/", httpOnly: true },
      ...options,
    }),
  );
  app.get("/count", (c) => {
    const { session } = c.var;
    session.set("count", (session.get("count") ?? 0) + 1);
    return c.text(`${session.get("count")}`);
  });
  app.get("/read", (c) => c.text(`${c.var.session.get("count") ?? 0}`));
  app.get("/slow", async (c) => {
    const { session } = c.var;
    const count = (session.get("count") ?? 0) + 1;
    await delay(1);
    session.set("count", count);
    return c.text(`${session.get("count")}`);
  });
  return listen(getRequestListener(app.fetch));
};

const honoSession = (idle: boolean) => () => {
  const app = new Hono<SessionEnv<{ count: number }>>();
  const stored = new Map<string, { count: number }>();
  app.use(
    useSessionStorage({
      get: (id) => stored.get(id) ?? null,
      set: (id, value) => void stored.set(id, value),
      delete: (id) => void stored.delete(id),
    }),
    useSession<{ count: number }>({
      secret: "8f3c2b1a9d4e5f60718293a4b5c6d7e8f3c2b1a9d4e5f60718293a4b5c6d7e8f",
      ...(idle ? { duration: { absolute: 10 * IDLE_SECONDS, inactivity: IDLE_SECONDS } } : {}),
    }),
  );
  app.get("/count", async (c) => {
    const count = ((await c.var.session.get())?.count ?? 0) + 1;
    await c.var.session.update({ count });
    return c.text(`${count}`);
  });
  app.get("/read", async (c) => c.text(`${(await c.var.session.get())?.count ?? 0}`));
  app.get("/slow", async (c) => {
    const count = ((await c.var.session.get())?.count ?? 0) + 1;
    await delay(1);
    await c.var.session.update({ count });
    return c.text(`${count}`);
  });
  return listen(getRequestListener(app.fetch));
};

const zession = (define: () => Visits) => () => {
  const visits = define();
  const app = new Hono().use(zessionMiddleware(visits));
  for (const path of ["/count", "/read", "/slow"])
    app.get(path, async (c) => c.text(await visit(path, c.var.visits)));
  return listen(getRequestListener(app.fetch));
};

export const apps: Record<string, Start> = {
  bare: () => {
    const app = new Hono();
    for (const path of ["/count", "/read", "/slow"]) app.get(path, (c) => c.text("1"));
    return listen(getRequestListener(app.fetch));
  },
  "hono-sessions": honoSessions({}),
  "@hono/session": honoSession(false),
  Zession: zession(defaults),
  "hono-sessions, idle limit": honoSessions({
    expireAfterSeconds: IDLE_SECONDS,
    autoExtendExpiration: true,
  }),
  "@hono/session, idle limit": honoSession(true),
  "Zession, signed, idle limit": zession(signed),
};
