import { UsageError } from "./errors.ts";

/** How a definition finds and recognises its own sessions. */
export interface MiddlewareOptions<Handle, Req, Args extends unknown[]> {
  readonly name: string;
  /** Gives the session of a request, or nothing. */
  readonly fromRequest: (request: Req, ...args: Args) => Promise<Handle | undefined>;
  /** Whether what a request property holds was set by this same definition. */
  readonly isOwn: (property: unknown) => boolean;
}

/**
 * Makes the function that sets the request property.
 *
 * It is a property of the request itself, because routers hand out proxies of the request that a `WeakMap` would not
 * know; and a missing session is `undefined`, never `null`, which itty-router 6.0.0 cannot read.
 */
export function createMiddleware<Handle, Req extends object, Args extends unknown[]>(
  options: MiddlewareOptions<Handle, Req, Args>,
): (request: Req, ...args: Args) => Promise<void> {
  const { name, fromRequest, isOwn } = options;
  return async (request, ...args) => {
    const session = await fromRequest(request, ...args);
    if (name in request && !isFree(request, name, isOwn)) {
      throw new UsageError(
        `Something else has set "${name}" on the request already. Give this session definition another name.`,
      );
    }
    if (session === undefined) hideParameter(request, name);
    (request as Record<string, unknown>)[name] = session;
  };
}

/** Whether the property is one that a definition has set, and not something that the request came with. */
function isFree(request: object, name: string, isOwn: (property: unknown) => boolean): boolean {
  if (!Object.hasOwn(request, name)) return false;
  const present: unknown = Reflect.get(request, name);
  return present === undefined || isOwn(present);
}

/**
 * itty-router's proxy looks a property that is `undefined` up among the route's parameters: on a route `/:session` the
 * client's text would pass for the missing session. So the parameters of a request without a session lose that one.
 */
function hideParameter(request: object, name: string): void {
  // Another definition may have hidden its own: go through what it left.
  const present = Object.getOwnPropertyDescriptor(request, "params");
  let params: unknown = present === undefined ? Reflect.get(request, "params") : present.value;
  Object.defineProperty(request, "params", {
    configurable: true,
    enumerable: true,
    get: () => without(present?.get === undefined ? params : present.get.call(request), name),
    // A router sets them when it has matched the route, which may be later.
    set: (value: unknown) => {
      if (present?.set === undefined) params = value;
      else present.set.call(request, value);
    },
  });
}

function without(params: unknown, name: string): unknown {
  if (typeof params !== "object" || params === null || !Object.hasOwn(params, name)) return params;
  const { [name]: _, ...others } = params as Record<string, unknown>;
  return others;
}
