import type { Context, MiddlewareHandler } from "hono";
import { edgeOf, type Mountable } from "../http/edge.ts";
import { editHeaders } from "../http/response.ts";

export type { Mountable } from "../http/edge.ts";

/**
 * Makes the middleware of Hono that opens a definition's sessions: `c.var.visits` is the session, typed through chains and
 * sub-apps. Puts the cookie and the caching headers on the response when the handler has returned it, whatever it is.
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
      if (mounted === undefined) return next();
      for (const name of edge.names) c.set(name as keyof Handles, Reflect.get(request, name));
      return next().then(() => complete(c, (headers) => edge.complete(mounted, headers)));
    };
    const mounting = edge.mount(request, request, [c]);
    return mounting instanceof Promise ? mounting.then(proceed) : proceed(mounting);
  };
}

/**
 * Edits the headers of the finished response in place, which servers send faster than a copy. It is copied only where it
 * cannot be changed, such as `Response.redirect()`.
 */
function complete(c: Context, edit: Parameters<typeof editHeaders>[1]): void {
  const { res } = c;
  const edited = editHeaders(res, edit);
  if (edited === res) return;
  // What was there first would be merged into what is set now, and the older cookies would win.
  c.res = undefined;
  c.res = edited;
}
