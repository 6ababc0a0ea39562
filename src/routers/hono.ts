import type { Context, MiddlewareHandler } from "hono";
import { type Edge, edgeOf, type Mountable } from "../http/edge.ts";
import { editHeaders, withHeaders } from "../http/response.ts";

export type { Mountable } from "../http/edge.ts";

/**
 * Makes the middleware of Hono that opens a definition's sessions: `c.var.visits` is the session, typed through chains and
 * sub-apps. Puts the cookie and the caching headers on the response when the handler has returned it, whatever it is. After
 * that, also in `stream` and `upgradeWebSocket`, a write that needs a new cookie rejects with `UsageError`: start the session
 * before you return.
 *
 * A `keyFn` of your own gets `c.req.raw`, which is a `Request`, and `c` behind it.
 *
 * @param definition - what `defineSession` or `combine` returned
 * @throws ConfigurationError for anything else
 * @example
 * ```ts
 * const app = new Hono()
 *   .use(honoSession(visits))
 *   .get("/", async (c) => c.text(`${await c.var.visits.upsert(1, (count) => count + 1)}`));
 * ```
 */
export function honoSession<Handles extends object>(
  definition: Mountable<Handles, [Context]>,
): MiddlewareHandler<{
  /** What the middleware adds to `c.var`. */
  Variables: Handles;
}> {
  const edge = edgeOf("honoSession", definition);
  // Not `async`: a step that waits for nothing costs each request a turn.
  return (c, next) => {
    const request = c.req.raw;
    const proceed = (mounted: object | undefined): Promise<void> => {
      // Also where another app has mounted the definition on this request: `c` is not the same.
      for (const name of edge.names) c.set(name as keyof Handles, Reflect.get(request, name));
      return mounted === undefined ? next() : next().then(() => complete(c, edge, mounted));
    };
    // A middleware may have put another request in place of the one that has the sessions.
    for (const name of edge.names) {
      const mounted: unknown = c.get(name as keyof Handles);
      if (mounted !== undefined && !(name in request)) Reflect.set(request, name, mounted);
    }
    const mounting = edge.mount(request, request, [c]);
    return mounting instanceof Promise ? mounting.then(proceed) : proceed(mounting);
  };
}

/**
 * Completes the finished response, in place if it gets no cookie, which servers send faster than a
 * copy. With a cookie it has to be a copy: a program may return one response to every client.
 */
function complete(c: Context, edge: Edge, mounted: object): void {
  const { res } = c;
  // The handler has answered through Node's own response. Its server would take a copy for one that
  // it has to send.
  if (res.headers.has("x-hono-already-sent")) {
    edge.complete(mounted, undefined);
    return;
  }
  const edit = (headers: Headers): void => edge.complete(mounted, headers);
  const edited = edge.hasCookie(mounted) ? withHeaders(res, edit) : editHeaders(res, edit);
  if (edited === res) return;
  // What was there first would be merged into what is set now, and the older cookies would win.
  c.res = undefined;
  c.res = edited;
}
