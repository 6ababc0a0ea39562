import type { HeaderKeyFn } from "./header-key-fn.ts";
import type { SecretKeyFn } from "./key-source.ts";
import type { RequestWithHeaders } from "./request.ts";

/**
 * The credentials of RFC 6750 section 2.1: the scheme, in any case, and a token in the alphabet of
 * `b64token`.
 */
const CREDENTIALS = /^bearer +([\w.~+/-]+=*) *$/i;

/** The length limit of a token, in characters. */
const MAX_LENGTH = 4096;

/**
 * Takes the key from `Authorization: Bearer …`: a token that your program gave to a client. Use
 * tokens that nobody can guess. The store keeps only their SHA-256, so nobody can read tokens from
 * the store.
 *
 * A request starts no session, because clients can make up tokens. Start sessions with
 * `sessions.store.insert(token, value)`.
 *
 * @returns a `keyFn` that returns the token, or `undefined` if the token is missing, malformed or
 * longer than 4096 characters
 * @example
 * ```ts
 * defineSession({ key: z.string(), value: z.number(), keyFn: bearerKey() });
 * ```
 */
export function bearerKey<Req extends RequestWithHeaders = Request>(): SecretKeyFn<Req> &
  HeaderKeyFn<Req> {
  const keyFn = (request: Req): string | undefined => {
    const token = CREDENTIALS.exec(request.headers.get("authorization") ?? "")?.[1];
    return token === undefined || token.length > MAX_LENGTH ? undefined : token;
  };
  return Object.assign(keyFn, { isSecret: true, header: "Authorization" } as const);
}
