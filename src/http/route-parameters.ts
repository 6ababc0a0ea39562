/**
 * Hides a route's parameter from a request without a session. itty-router's proxy looks a property
 * that is `undefined` up among the route's parameters: on a route `/:session` the client's text
 * would pass for the missing session.
 */
export function hideParameter(request: object, name: string): void {
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
