import type { Edge } from "./edge.ts";
import { isResponse } from "./response.ts";

/** A fetch-style handler whose requests have sessions. */
export type WrappedFetch = (request: object, ...args: unknown[]) => Promise<unknown>;

/** Opens the sessions of a request before a handler, and completes the response behind it. */
export function wrapHandler(
  edge: Edge,
  handler: (request: never, ...args: never[]) => unknown,
): WrappedFetch {
  return async (request, ...args) => {
    const attaching = edge.attach(request, args);
    if (attaching instanceof Promise) await attaching;
    try {
      return edge.finalize(await handler(request as never, ...(args as never[])), request);
    } catch (error) {
      // Some frameworks throw responses. Any other error becomes a page further out, which can be
      // finalized there.
      throw isResponse(error) ? edge.finalize(error, request) : error;
    }
  };
}
