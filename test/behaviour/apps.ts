import type { IncomingMessage, ServerResponse } from "node:http";

/** An app: a fetch-style handler, or a listener of Node's requests. */
export type App =
  | { readonly fetch: (request: Request) => Response | Promise<Response> }
  | { readonly listener: (request: IncomingMessage, response: ServerResponse) => unknown };

/** One app for each router, in the order of the table in `docs/support.md`. All have the same routes. */
export const apps: Readonly<Record<string, () => Promise<App>>> = {
  "itty-router 6": () => import("./apps/itty-router.ts"),
  "itty-router 5": () => import("./apps/itty-router-5.ts"),
  "fetch handler": () => import("./apps/fetch.ts"),
  Hono: () => import("./apps/hono.ts"),
  "h3 2": () => import("./apps/h3.ts"),
  Elysia: () => import("./apps/elysia.ts"),
  "React Router": () => import("./apps/react-router.ts"),
  "Express 5": () => import("./apps/express.ts"),
  "Express 4": () => import("./apps/express-4.ts"),
  Connect: () => import("./apps/connect.ts"),
  "node:http": () => import("./apps/node-http.ts"),
  Fastify: () => import("./apps/fastify.ts"),
};
