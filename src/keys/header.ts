import { ConfigurationError, InvalidKeyError } from "../errors.ts";
import type { HeaderKeyFn } from "./header-key-fn.ts";
import type { RequestWithHeaders } from "./request.ts";

/**
 * Takes the key from a request header. Clients can forge headers. Use this only behind a proxy of
 * yours that authenticates clients and replaces the header.
 *
 * If a proxy adds the header beside the client's own, both values arrive joined by a comma. So a
 * value with a comma is refused with `InvalidKeyError` (400). If your keys have commas, write a
 * `keyFn`.
 *
 * @param name - the header's name
 * @returns a `keyFn` that returns the header's text, or `undefined` if it is missing or empty
 * @throws ConfigurationError if no header can have this name
 * @example
 * ```ts
 * defineSession({ key: z.uuid(), value: z.number(), keyFn: headerKey("x-client-id") });
 * ```
 */
export function headerKey<Req extends RequestWithHeaders = Request>(
  name: string,
): HeaderKeyFn<Req> {
  try {
    if (typeof name !== "string") throw new TypeError("no text");
    new Headers().get(name);
  } catch (cause) {
    throw new ConfigurationError("headerKey: the name is not that of a header.", { cause });
  }
  const keyFn = (request: Req): string | undefined => {
    const value = request.headers.get(name) || undefined;
    if (!value?.includes(",")) return value;
    throw new InvalidKeyError(
      `headerKey: the header "${name}" arrived twice, or its value has a comma. Let your proxy replace the header, not add to it.`,
      [{ message: "The header has more than one value." }],
    );
  };
  return Object.assign(keyFn, { header: name });
}
