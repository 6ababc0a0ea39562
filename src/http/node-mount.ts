import { UsageError } from "../errors.ts";
import type { Edge } from "./edge.ts";
import { beforeHead } from "./node-head.ts";
import { type NodeRequest, NodeRequestView, type NodeResponse } from "./node-message.ts";

/**
 * Opens the sessions of Node's request, sees to the head of its response, and goes on. It is not
 * `async`, because a step that waits for nothing would cost each request a turn.
 *
 * @param args - further arguments for `keyFn`
 */
export function mountOnNode(
  edge: Edge,
  request: NodeRequest,
  response: NodeResponse,
  args: unknown[],
  next: (error?: unknown) => void,
): void {
  const prepareHead = (mounted: object): void => {
    // An upgrade takes the connection over: whoever gets it answers by hand.
    if (isUpgrade(request)) edge.complete(mounted, undefined);
    else beforeHead(response, edge, mounted);
  };
  let mounting: ReturnType<Edge["mount"]>;
  try {
    mounting = edge.mount(request, new NodeRequestView(request), args);
  } catch (error) {
    next(asError(error));
    return;
  }
  if (mounting instanceof Promise) {
    mounting
      .then((mounted) => {
        if (mounted !== undefined) prepareHead(mounted);
        next();
      })
      .catch((error: unknown) => next(asError(error)));
    return;
  }
  if (mounting !== undefined) prepareHead(mounting);
  next();
}

/**
 * Returns what a `keyFn` has thrown, so that `next` takes it for an error: without a value it would
 * go on to the handler, and in Express the text "route" has a meaning of its own.
 */
function asError(thrown: unknown): unknown {
  if (typeof thrown === "object" && thrown !== null) return thrown;
  return new UsageError("A keyFn has thrown what is no Error; see the cause.", { cause: thrown });
}

/** Returns whether Node has handed this request to its `upgrade` event. */
function isUpgrade(request: NodeRequest): boolean {
  return (request as { readonly upgrade?: unknown }).upgrade === true;
}
