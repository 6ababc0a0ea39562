import { hash } from "#sha256";
import { UsageError } from "../errors.ts";
import type { CheckedCookieOptions } from "./checked-cookie-options.ts";
import {
  attributesText,
  type CookieKeyOptions,
  checkCrossOrigin,
  checkOptions,
  checkSecrets,
  cookieAttributes,
  type GivenCookieOptions,
  type NamedCookie,
} from "./cookie-options.ts";
import { CookieSigner } from "./cookie-signer.ts";
import { isCrossOrigin } from "./cross-origin.ts";
import type {
  CookieAttributes,
  Credentials,
  IssuedKey,
  KeySource,
  PresentedToken,
  TokenTransport,
} from "./key-source.ts";
import type { RequestWithHeaders } from "./request.ts";
import { TOKEN_FORM } from "./token.ts";

/** How many different tokens of one request are looked up. Browsers rarely send more than two. */
const MAX_TOKENS = 4;

/**
 * How many cookies of the name are verified. A hostile neighbouring host must not make requests
 * expensive.
 */
const MAX_VERIFIED = 32;

/** How many definitions use each cookie name. If it is one, no owner has to be looked up. */
const definitionCounts = new Map<string, number>();

/**
 * Which definition reads which cookie of a request. Requests are identified by their headers,
 * because routers pass proxies of them; or by what an adapter's headers are a view of.
 */
const claims = new WeakMap<object, Map<string, CookieTransport>>();

/**
 * Keeps the key of a session in a cookie. The server issues a random token with the first write;
 * its SHA-256 is the session's key. By default browsers send the cookie over HTTPS only and to this
 * host only, hide it from scripts, and leave it out of other sites' requests.
 *
 * @param options - the cookie's name, attributes and secrets
 * @returns the key source, for `keyFn`
 * @throws ConfigurationError if a browser would refuse the cookie or a secret is too short; where
 * that depends on the definition's name, `defineSession` throws it
 * @example
 * ```ts
 * const cart = defineSession({
 *   key: z.string(),
 *   value: z.object({ items: z.array(z.string()) }),
 *   keyFn: cookieKey(),
 *   lifetime: { idle: "30m", absolute: "12h" },
 * });
 * ```
 */
export function cookieKey<
  Req extends RequestWithHeaders = Request,
  const Options extends GivenCookieOptions = CookieKeyOptions,
>(options?: CheckedCookieOptions<Options>): KeySource<Req>;
export function cookieKey(options: object = {}): KeySource<RequestWithHeaders> {
  checkOptions(options);
  const { persistent }: CookieKeyOptions = options;
  const secrets = checkSecrets(options);
  const trustedOrigins = checkCrossOrigin(options);
  const source = (): IssuedKey => {
    throw new UsageError(
      "Hand cookieKey() itself to defineSession: keyFn: cookieKey(). It cannot be called for a key.",
    );
  };
  const transport = (name: string): TokenTransport<RequestWithHeaders> => {
    const attributes = cookieAttributes(options, name);
    const signer = secrets && new CookieSigner(attributes.name, secrets);
    return new CookieTransport(attributes, signer, trustedOrigins, persistent);
  };
  // Reports mistakes now that do not depend on the definition's name.
  cookieAttributes(options, "session");
  return Object.assign(source, { transport });
}

class CookieTransport implements TokenTransport<RequestWithHeaders> {
  readonly header = "Cookie";
  readonly cookieName: string;
  readonly persistent: boolean | undefined;
  readonly attributes: CookieAttributes;
  /** The attributes of a `Set-Cookie` line, without `Max-Age`. */
  readonly #attributes: string;
  readonly #signer: CookieSigner | undefined;
  readonly #trustedOrigins: ReadonlySet<string> | undefined;

  /** @param trustedOrigins - the origins that may send unsafe requests; `undefined`: all */
  constructor(
    cookie: NamedCookie,
    signer: CookieSigner | undefined,
    trustedOrigins: ReadonlySet<string> | undefined,
    persistent: boolean | undefined,
  ) {
    const { name, ...attributes } = cookie;
    this.cookieName = name;
    this.attributes = attributes;
    this.#attributes = attributesText(attributes);
    this.#signer = signer;
    this.#trustedOrigins = trustedOrigins;
    this.persistent = persistent;
    definitionCounts.set(name, (definitionCounts.get(name) ?? 0) + 1);
  }

  read(request: RequestWithHeaders): Credentials {
    const { headers } = request;
    if (definitionCounts.get(this.cookieName) !== 1) this.#claim(headers);
    if (!isSafe(request) && this.#isCrossOrigin(request))
      return { ...NONE, rejected: ["cross-origin"] };
    const header = headers.get("cookie");
    const values = header === null ? [] : cookieValues(header, this.cookieName);
    const [value] = values;
    if (value === undefined) return NONE;
    if (values.length > 1) return this.#readAll(values);
    const token = this.#verify(value);
    return typeof token === "string"
      ? { ...NONE, rejected: [token] }
      : { tokens: [token], excess: NONE.excess, rejected: NONE.rejected };
  }

  setCookie(token: string, maxAge: number | undefined): string {
    const value = token === "" ? "" : this.sign(token);
    const age = maxAge === undefined ? "" : `; Max-Age=${maxAge}`;
    return `${this.cookieName}=${value}${age}${this.#attributes}`;
  }

  #isCrossOrigin(request: RequestWithHeaders): boolean {
    return this.#trustedOrigins !== undefined && isCrossOrigin(request, this.#trustedOrigins);
  }

  sign(token: string): string {
    return this.#signer?.sign(token) ?? token;
  }

  /** Reads several cookies of the name. */
  #readAll(values: readonly string[]): Credentials {
    const tokens = new Map<string, PresentedToken>();
    const rejected = new Set<"malformed" | "signature">();
    let verifiedCount = 0;
    for (const value of new Set(values)) {
      if (verifiedCount === MAX_VERIFIED) {
        rejected.add("malformed");
        break;
      }
      const verified = this.#verify(value);
      if (verified !== "malformed") verifiedCount++;
      if (typeof verified === "string") rejected.add(verified);
      else tokens.set(verified.token, verified);
    }
    const authentic = [...tokens.values()];
    if (authentic.length <= MAX_TOKENS)
      return { tokens: authentic, excess: [], rejected: [...rejected] };
    // So many tokens are an attack by a neighbouring host. None is looked up, but signing out ends
    // all.
    return { tokens: [], excess: authentic, rejected: [...rejected.add("malformed")] };
  }

  #verify(value: string): PresentedToken | "malformed" | "signature" {
    if (this.#signer === undefined) {
      if (!TOKEN_FORM.test(value)) return "malformed";
      return { token: value, key: hash("sha256", value, "base64url"), isStale: false };
    }
    const verified = this.#signer.verify(value);
    if (typeof verified === "string") return verified;
    const { isStale, token } = verified;
    return { token, key: hash("sha256", token, "base64url"), isStale };
  }

  /**
   * Throws if two definitions share a cookie: each would treat the other's tokens as unknown and
   * overwrite them.
   */
  #claim(headers: RequestWithHeaders["headers"] & { readonly raw?: object }): void {
    const { raw: identity = headers } = headers;
    const owners = claims.get(identity) ?? new Map<string, CookieTransport>();
    if (owners.size === 0) claims.set(identity, owners);
    const owner = owners.get(this.cookieName) ?? this;
    owners.set(this.cookieName, owner);
    if (owner === this) return;
    throw new UsageError(
      `Two session definitions use the cookie "${this.cookieName}" in one request. Give each a cookie name of its own.`,
    );
  }
}

/**
 * Returns whether a request must change nothing: GET, HEAD and OPTIONS (RFC 9110 section 9.2.1), as
 * Go's `http.CrossOriginProtection` lists them. A WebSocket upgrade is a `GET`, but it counts as
 * not safe: no same-origin policy guards WebSockets.
 */
function isSafe({ headers, method }: RequestWithHeaders): boolean {
  if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS") return false;
  const upgrade = headers.get("upgrade");
  return upgrade === null || upgrade === undefined || !/websocket/i.test(upgrade);
}

const NONE: Credentials = { tokens: [], excess: [], rejected: [] };

/**
 * Returns the values of all cookies of one name in a `Cookie` header, in their order. Other cookies
 * are not parsed.
 *
 * It parses what browsers send (RFC 6265bis section 5.8.3) and no more. Semicolons separate pairs.
 * Only spaces and tabs are trimmed. Names are compared undecoded, because a decoded name could pass
 * for another one (CVE-2020-8184). Values are not decoded. A comma separates nothing: several
 * header lines arrive joined by a semicolon (RFC 9113 section 8.2.3), and a comma in another
 * cookie's value must not start one of ours.
 */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = [];
  if (!header.includes(name)) return values;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals === -1 || trim(pair.slice(0, equals)) !== name) continue;
    values.push(trim(pair.slice(equals + 1)));
  }
  return values;
}

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
