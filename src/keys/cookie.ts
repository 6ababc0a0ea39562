import { stringifySetCookie } from "cookie";
import { ConfigurationError } from "../core/errors.ts";
import type {
  IssuedKey,
  KeySource,
  Presented,
  PresentedToken,
  TokenCarrier,
} from "../core/key-source.ts";
import { isToken } from "../core/token.ts";
import { cookieValues } from "./cookie-header.ts";
import {
  type CookieAttributes,
  type CookieKeyOptions,
  checkSecrets,
  cookieAttributes,
} from "./cookie-options.ts";
import { CookieSigner } from "./cookie-signer.ts";

/** How many different tokens one request may present under one name. A browser has reason to send two. */
const MAX_TOKENS = 4;

/** A request whose headers can be read. */
export interface RequestWithHeaders {
  /** Its headers. */
  readonly headers: Pick<Headers, "get">;
}

/**
 * Keeps the key of a session in a cookie: a random token that this server issues with the first write, whose SHA-256 is
 * the session's key. Browsers send it over HTTPS only, to this host only, out of reach of scripts and not with other
 * sites' requests, unless the options say otherwise.
 *
 * @param options - the cookie's name, attributes and secrets
 * @throws ConfigurationError if a browser would refuse the cookie or a secret is too short; an attribute that depends on the
 * definition's name makes `defineSession` throw it
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
export function cookieKey<Req extends RequestWithHeaders = Request>(
  options: CookieKeyOptions = {},
): KeySource<Req> {
  const secrets = checkSecrets(options);
  const source = (): IssuedKey => {
    throw new ConfigurationError(
      "Hand cookieKey() itself to defineSession: keyFn: cookieKey(). It cannot be called for a key.",
    );
  };
  const carrier = (name: string): TokenCarrier<Req> => {
    const attributes = cookieAttributes(options, name);
    const signer = secrets && new CookieSigner(attributes.name, secrets);
    return new CookieCarrier(attributes, signer, options.persistent);
  };
  // What does not depend on the definition's name is refused here and now.
  carrier("session");
  return Object.assign(source, { carrier });
}

class CookieCarrier implements TokenCarrier<RequestWithHeaders> {
  readonly header = "Cookie";
  readonly persistent: boolean | undefined;
  readonly #attributes: CookieAttributes;
  readonly #signer: CookieSigner | undefined;

  constructor(
    attributes: CookieAttributes,
    signer: CookieSigner | undefined,
    persistent: boolean | undefined,
  ) {
    this.#attributes = attributes;
    this.#signer = signer;
    this.persistent = persistent;
  }

  read(request: RequestWithHeaders): Presented {
    const header = request.headers.get("cookie");
    if (header === null) return { tokens: [], rejected: [] };
    const tokens = new Map<string, PresentedToken>();
    const rejected = new Set<"malformed" | "signature">();
    const values = new Set(cookieValues(header, this.#attributes.name));
    // So many can only be an attack, and nobody should verify them all.
    if (values.size > MAX_TOKENS) return { tokens: [], rejected: ["malformed"] };
    for (const value of values) {
      const verified = this.#verify(value);
      if (typeof verified === "string") rejected.add(verified);
      else tokens.set(verified.token, verified);
    }
    return { tokens: [...tokens.values()], rejected: [...rejected] };
  }

  write(headers: Headers, token: string, maxAge: number | undefined): void {
    const value = this.#signer?.sign(token) ?? token;
    this.#set(headers, value, maxAge);
  }

  clear(headers: Headers): void {
    this.#set(headers, "", 0);
  }

  #verify(value: string): PresentedToken | "malformed" | "signature" {
    if (this.#signer !== undefined) return this.#signer.verify(value);
    return isToken(value) ? { token: value, stale: false } : "malformed";
  }

  /** Sets the cookie, and takes any other of its name away: a response must not have two (RFC 6265bis section 4.1.1). */
  #set(headers: Headers, value: string, maxAge: number | undefined): void {
    const { name } = this.#attributes;
    const others = headers.getSetCookie();
    const kept = others.filter((it) => it.slice(0, it.search(/\s*[=;]/)).trimStart() !== name);
    if (kept.length < others.length) {
      headers.delete("set-cookie");
      for (const it of kept) headers.append("set-cookie", it);
    }
    const cookie = { ...this.#attributes, value, ...(maxAge === undefined ? {} : { maxAge }) };
    headers.append("set-cookie", stringifySetCookie(cookie, { encode: (text) => text }));
  }
}
