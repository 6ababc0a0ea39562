import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { edgeOf, type Mountable } from "../http/edge.ts";
import { mountOnNode } from "../http/node-mount.ts";

export type { Mountable } from "../http/edge.ts";

/**
 * Makes the plugin of Fastify that opens a definition's sessions: `visits.of(request)` returns the session. It serves the
 * instance that it is registered on and those within. Puts the cookie and the caching headers on the response just before its
 * head is sent, also after `reply.hijack()`. After that, a write that needs a new cookie rejects with `UsageError`. Start
 * the session before you stream. At a WebSocket upgrade there is no head, so such a write is refused from the start.
 *
 * A `keyFn` gets `headers.get`, `method` and the whole `url` of the request, and Fastify's `request` and `reply` behind them.
 *
 * @param definition - what `defineSession` or `combine` returned
 * @throws ConfigurationError for anything else
 * @example
 * ```ts
 * app.register(fastifySession(visits));
 * app.get("/", async (request) => `${await visits.of(request).upsert(1, (count) => count + 1)}`);
 * ```
 */
export function fastifySession(
  definition: Mountable<unknown, [FastifyRequest, FastifyReply]>,
): FastifyPluginCallback {
  const edge = edgeOf("fastifySession", definition);
  const plugin: FastifyPluginCallback = (instance, _options, done) => {
    instance.addHook("onRequest", (request, reply, next) =>
      mountOnNode(
        edge,
        request.raw,
        reply.raw,
        [request, reply],
        next as (error?: unknown) => void,
      ),
    );
    done();
  };
  // What fastify-plugin does: the hook belongs to the instance itself, and not to a child of it.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: `zession:${edge.names.join(",")}`,
  });
}
