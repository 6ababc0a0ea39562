import { ConfigurationError } from "../errors.ts";
import type { RequestWithHeaders } from "../keys/request.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { ResponseHeaders } from "./response.ts";

/**
 * What a router's adapter does with a definition: open the session of a request, and complete the
 * head of its response.
 */
export interface Edge {
  /**
   * Opens the session of a request and sets it on the request, where `of` finds it. Returns
   * `undefined` if there is none, or if it was mounted before: then there is nothing to complete.
   *
   * @param request - the router's own request
   * @param view - the same, as key sources read it
   * @param args - further arguments for `keyFn`
   */
  mount(
    request: object,
    view: RequestWithHeaders,
    args: unknown[],
  ): MaybePromise<object | undefined>;
  /**
   * Puts on the head of a response what its client and caches have to know. After it, no cookie can
   * be sent.
   */
  complete(session: object, headers: ResponseHeaders): void;
}

/**
 * What an adapter asks of a definition.
 *
 * @typeParam Name - the definition's name
 * @typeParam Handle - the session that a request has
 * @typeParam Args - what `keyFn` gets behind the request
 */
export interface Mountable<Name extends string, Handle, Args extends unknown[]> {
  /** The definition's name. */
  readonly name: Name;
  /** Returns the session that was opened on a request. */
  readonly of: (request: object) => Handle;
  /** Its `keyFn` takes such a request and such arguments. */
  readonly fromRequest: (request: Request, ...args: Args) => Promise<Handle>;
}

const edges = new WeakMap<object, Edge>();

/** Lets adapters have the edge of a definition. */
export function setEdge(definition: object, edge: Edge): void {
  edges.set(definition, edge);
}

/** @throws ConfigurationError for what `defineSession` did not return */
export function edgeOf(adapter: string, definition: object): Edge {
  const edge = edges.get(definition);
  if (edge !== undefined) return edge;
  throw new ConfigurationError(
    `${adapter} takes what defineSession returns, itself and not a copy of it.`,
  );
}
