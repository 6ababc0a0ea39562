import { UsageError } from "../errors.ts";

/**
 * Returns whether a middleware was given what Express and Connect give behind the request: Node's
 * response, and `next`. They would wait for `next` for ever.
 */
export function isConnectCall(
  args: readonly unknown[],
): args is [response: unknown, next: (error: unknown) => void] {
  if (args.length !== 2 || typeof args[1] !== "function") return false;
  const response = args[0] as { readonly writeHead?: unknown } | null | undefined;
  return typeof response?.writeHead === "function";
}

/** Returns the error for a middleware that Express or Connect has called. */
export function callsNoNext(name: string): UsageError {
  return new UsageError(
    `"middleware" of the session "${name}" does not call "next". In Express and Connect, mount the adapter: app.use(expressSession(${name})), from "zession/routers/express".`,
  );
}
