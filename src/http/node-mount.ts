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
  let mounting: ReturnType<Edge["mount"]>;
  try {
    mounting = edge.mount(request, new NodeRequestView(request), args);
  } catch (error) {
    next(error);
    return;
  }
  if (mounting instanceof Promise) {
    mounting
      .then((mounted) => {
        if (mounted !== undefined) beforeHead(response, edge, mounted);
        next();
      })
      .catch(next);
    return;
  }
  if (mounting !== undefined) beforeHead(response, edge, mounting);
  next();
}
