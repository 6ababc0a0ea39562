import type { RequestWithHeaders } from "../keys/request.ts";
import type { Edge } from "./edge.ts";
import type { ResponseHeaders } from "./response.ts";

/** The edges of several definitions whose sessions are on one request. */
export class CombinedEdge implements Edge {
  readonly names: readonly string[];
  readonly #edges: readonly Edge[];

  constructor(edges: readonly Edge[]) {
    this.#edges = edges;
    this.names = edges.flatMap((edge) => edge.names);
  }

  /** Calls every `keyFn` at once, so that none waits for another. */
  readonly attach = async (request: object, args: unknown[]): Promise<void> => {
    await Promise.all(this.#edges.map(async (edge) => edge.attach(request, args)));
  };

  readonly finalize = <Given>(response: Given, request: object): Given =>
    this.#edges.reduce((completed, edge) => edge.finalize(completed, request), response);

  async mount(
    request: object,
    view: RequestWithHeaders,
    args: unknown[],
  ): Promise<(object | undefined)[]> {
    return Promise.all(this.#edges.map(async (edge) => edge.mount(request, view, args)));
  }

  hasCookie(mounted: readonly (object | undefined)[]): boolean {
    return mounted.some((session, index) => session && this.#edges[index]?.hasCookie(session));
  }

  complete(mounted: readonly (object | undefined)[], headers: ResponseHeaders | undefined): void {
    for (const [index, edge] of this.#edges.entries()) {
      const session = mounted[index];
      if (session !== undefined) edge.complete(session, headers);
    }
  }
}
