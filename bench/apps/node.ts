import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Request, Response } from "express";
import session, { type SessionOptions } from "express-session";
import { getIronSession } from "iron-session";
import { expressSession as zessionMiddleware } from "zession/routers/express";
import { IDLE_SECONDS, listen, SECRET, type Start } from "./app.ts";
import { expressOptions, idleExpressOptions } from "./express.ts";
import { defaults, signed, type Visits, visit } from "./visits.ts";

const zession = (define: () => Visits) => () => {
  const visits = define();
  const middleware = zessionMiddleware(visits);
  return listen((request, response) =>
    middleware(request, response, async () => {
      response.end(await visit(request.url ?? "/", visits.of(request)));
    }),
  );
};

const ironSession = (ttl?: number) => () =>
  listen(async (request, response) => {
    const session = await getIronSession<{ count: number }>(request, response, {
      password: SECRET,
      cookieName: "visits",
      ...(ttl === undefined ? {} : { ttl }),
    });
    if (request.url !== "/read") {
      const count = (session.count ?? 0) + 1;
      if (request.url === "/slow") await delay(1);
      session.count = count;
    }
    // What keeps an idle limit is a new seal for each request.
    if (request.url !== "/read" || ttl !== undefined) await session.save();
    response.end(`${session.count ?? 0}`);
  });

const expressSession = (options: SessionOptions) => () => {
  const middleware = session(options) as unknown as (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => void,
  ) => void;
  return listen((request, response) =>
    middleware(request, response, async () => {
      const { session } = request as Request & { res?: Response };
      if (request.url !== "/read") {
        const count = (session.count ?? 0) + 1;
        if (request.url === "/slow") await delay(1);
        session.count = count;
      }
      response.end(`${session.count ?? 0}`);
    }),
  );
};

export const apps: Record<string, Start> = {
  bare: () => listen((_, response) => void response.end("1")),
  "express-session": expressSession(expressOptions),
  "iron-session": ironSession(),
  Zession: zession(defaults),
  "express-session, idle limit": expressSession(idleExpressOptions),
  "iron-session, idle limit": ironSession(IDLE_SECONDS),
  "Zession, signed, idle limit": zession(signed),
};
