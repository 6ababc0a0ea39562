import { ConfigurationError } from "../errors.ts";
import type { RequestWithHeaders } from "../keys/request.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { ResponseHeaders } from "./response.ts";

/**
 * What a definition, or several that were combined, do at the edge: open the sessions of a request,
 * and complete its response. Routers' adapters use `mount` and `complete`.
 */
export interface Edge {
  /** The request properties that hold the sessions: the names of the definitions. */
  readonly names: readonly string[];
  /** Opens the sessions of a request and sets them on it. */
  attach(request: object, args: unknown[]): MaybePromise<void>;
  /** Puts on a response what its client and caches have to know. Returns it, or a copy. */
  finalize<Given>(response: Given, request: object): Given;
  /**
   * Opens the sessions of a request and sets them on the request, where `of` finds them. Returns
   * what `complete` takes; `undefined` if there are none, or if they were mounted before: then
   * there is nothing to complete.
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
   * Returns whether `complete` puts a cookie on the head. Then the response must be this client's
   * alone.
   */
  hasCookie(mounted: object): boolean;
  /**
   * Puts on the head of a response what its client and caches have to know. After it, no cookie can
   * be sent.
   *
   * @param headers - the head; `undefined` if there is no response
   */
  complete(mounted: object, headers: ResponseHeaders | undefined): void;
}

/**
 * The property that keeps the types of a definition. It is a symbol, so that no editor offers it,
 * and does not exist at run time.
 */
export declare const types: unique symbol;

/**
 * What an adapter asks of a definition, or of several that were combined.
 *
 * @typeParam Handles - the sessions that a request has, by their names
 * @typeParam Args - what `keyFn` gets behind the request
 */
export interface Mountable<Handles, Args extends unknown[]> {
  /** Returns what was opened on a request. */
  readonly of: (request: object) => unknown;
  /** Types only; never there at run time. */
  readonly [types]: {
    /** Each `keyFn` takes such a request and such arguments. */
    readonly mount: (request: Request, ...args: Args) => Handles;
  };
}

const edges = new WeakMap<object, Edge>();

/** Lets adapters have the edge of a definition. */
export function setEdge(definition: object, edge: Edge): void {
  edges.set(definition, edge);
}

/** @throws ConfigurationError for what neither `defineSession` nor `combine` returned */
export function edgeOf(adapter: string, definition: object): Edge {
  const edge = edges.get(definition);
  if (edge !== undefined) return edge;
  throw new ConfigurationError(
    `${adapter} takes what defineSession${adapter === "combine" ? "" : " or combine"} returns, itself and not a copy of it.`,
  );
}
