import { edgeOf, type Mountable } from "../http/edge.ts";
import type { NodeRequest, NodeResponse } from "../http/node-message.ts";
import { mountOnNode } from "../http/node-mount.ts";

export type { Mountable } from "../http/edge.ts";
export type { NodeRequest, NodeResponse } from "../http/node-message.ts";

/** A middleware of Express 4 and 5, of Connect, and of plain `node:http` where you call it yourself. */
export type ExpressSessionMiddleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Makes the middleware of Express that opens a definition's sessions: `visits.of(req)` returns the session. Puts the cookie
 * and the caching headers on the response just before its head is sent, however that is done: `res.send`, `redirect`,
 * `sendFile`, a stream, `writeHead`, an error page. After that, a write that needs a new cookie rejects with `UsageError`. Start
 * the session before you stream. At a WebSocket upgrade there is no head, so such a write is refused from the start.
 *
 * A `keyFn` gets `headers.get`, `method` and the whole `url` of the request, and `req` and `res` behind them.
 *
 * @param definition - what `defineSession` or `combine` returned
 * @throws ConfigurationError for anything else
 * @example
 * ```ts
 * app.use(expressSession(visits));
 * app.get("/", async (req, res) => {
 *   res.send(`${await visits.of(req).upsert(1, (count) => count + 1)}`);
 * });
 * ```
 */
export function expressSession(
  definition: Mountable<unknown, [never, never]>,
): ExpressSessionMiddleware {
  const edge = edgeOf("expressSession", definition);
  return (request, response, next) =>
    mountOnNode(edge, request, response, [request, response], next);
}
