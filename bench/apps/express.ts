import { setTimeout as delay } from "node:timers/promises";
import express from "express";
import session, { type SessionOptions } from "express-session";
import { expressSession as zessionMiddleware } from "zession/routers/express";
import { IDLE_SECONDS, listen, SECRET, type Start } from "./app.ts";
import { defaults, signed, type Visits, visit } from "./visits.ts";

declare module "express-session" {
  interface SessionData {
    count: number;
  }
}

/** As its README sets it up, but for `secure`, with which it sets no cookie over plain HTTP. */
export const expressOptions: SessionOptions = {
  secret: SECRET,
  resave: false,
  saveUninitialized: true,
  cookie: { secure: false },
};
export const idleExpressOptions: SessionOptions = {
  ...expressOptions,
  rolling: true,
  cookie: { secure: false, maxAge: IDLE_SECONDS * 1000 },
};

const expressSession = (options: SessionOptions) => () => {
  const app = express();
  app.use(session(options));
  app.get("/count", ({ session }, response) => {
    session.count = (session.count ?? 0) + 1;
    response.send(`${session.count}`);
  });
  app.get("/read", ({ session }, response) => void response.send(`${session.count ?? 0}`));
  app.get("/slow", async ({ session }, response) => {
    const count = (session.count ?? 0) + 1;
    await delay(1);
    session.count = count;
    response.send(`${session.count}`);
  });
  return listen(app);
};

const zession = (define: () => Visits) => () => {
  const visits = define();
  const app = express();
  app.use(zessionMiddleware(visits));
  app.get(["/count", "/read", "/slow"], async (request, response) => {
    response.send(await visit(request.path, visits.of(request)));
  });
  return listen(app);
};

export const apps: Record<string, Start> = {
  bare: () => {
    const app = express();
    app.get(["/count", "/read", "/slow"], (_, response) => void response.send("1"));
    return listen(app);
  },
  "express-session": expressSession(expressOptions),
  Zession: zession(defaults),
  "express-session, idle limit": expressSession(idleExpressOptions),
  "Zession, signed, idle limit": zession(signed),
};
