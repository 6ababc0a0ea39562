import type { HeaderKeyFn } from "./header-key-fn.ts";
import type { SecretKeyFn } from "./key-source.ts";
import type { RequestWithHeaders } from "./request.ts";

/** The credentials of RFC 6750 section 2.1: the scheme, in any case, and a token in the alphabet of `b64token`. */
const CREDENTIALS = /^bearer +([\w.~+/-]+=*) *$/i;

/** The longest token taken. */
const MAX_LENGTH = 4096;

/**
 * Takes the key from `Authorization: Bearer …`: the token that your program gave to a client. Make it one that nobody can
 * guess. The store keeps its SHA-256 only, so nobody can read tokens from the store.
 *
 * A request starts no session: a client could make up any token. Start it with `sessions.store.insert(token, value)`.
 *
 * @returns a `keyFn` that returns the token, or `undefined` where there is none, or none that is well-formed
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
