import { ConfigurationError } from "../core/errors.ts";
import type { RequestWithHeaders } from "./cookie.ts";

/**
 * Takes the key from a request header. Whoever can set the header can choose the session: for machines that you trust, such
 * as a proxy that has authenticated the client. Issues nothing.
 *
 * @param name - the header's name
 * @returns a `keyFn` that gives the header's text, or `undefined` where it is missing or empty
 * @throws ConfigurationError if no header can have this name
 * @example
 * ```ts
 * defineSession({ key: z.uuid(), value: z.number(), keyFn: headerKey("x-client-id") });
 * ```
 */
export function headerKey<Req extends RequestWithHeaders = Request>(
  name: string,
): (request: Req) => string | undefined {
  try {
    new Headers().get(name);
  } catch (cause) {
    throw new ConfigurationError("headerKey: the name is not that of a header.", { cause });
  }
  return (request) => request.headers.get(name) || undefined;
}
