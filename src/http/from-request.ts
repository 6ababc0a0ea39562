import type { Presence } from "../keys/key-input.ts";
import type { NodeRequest } from "./node-message.ts";

/** Options of `fromRequest`, where this server issues the keys. */
export interface FromRequestOptions {
  /**
   * `false` if no response of this request goes through `finalize`: a WebSocket upgrade, or a stream
   * whose head has left. Then nothing waits for one. A write that needs a cookie rejects with
   * `UsageError`. Default `true`.
   */
  readonly response?: boolean | undefined;
}

/**
 * `fromRequest` of a definition. A key source takes no argument behind the request, so there is room
 * for options. A `keyFn` of your own may take any, and needs no options: it sends no cookie.
 *
 * @typeParam Has - whether a request has a session
 * @typeParam Req - the request that `keyFn` takes
 * @typeParam Args - the further arguments that `keyFn` takes
 * @typeParam Opened - a promise of the session
 */
export type FromRequest<
  Has extends Presence,
  Req extends object,
  Args extends unknown[],
  Opened,
> = Has extends "issued" | object
  ? (request: Req | NodeRequest, options?: FromRequestOptions) => Opened
  : (request: Req, ...args: Args) => Opened;
