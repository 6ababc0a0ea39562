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
  checkCrossOrigin,
  checkOptions,
  checkSecrets,
  cookieAttributes,
} from "./cookie-options.ts";
import { CookieSigner } from "./cookie-signer.ts";
import { isCrossOrigin } from "./cross-origin.ts";
import type { RequestWithHeaders } from "./request.ts";

/** How many different tokens of one request are looked up. A browser has reason to send two. */
const MAX_TOKENS = 4;

/** How many cookies of the name are verified. Cookies of a hostile neighbour must not make requests expensive. */
const MAX_VERIFIED = 32;

/** Which cookies of a request, told by its headers, belong to which definition. */
const claims = new WeakMap<object, Map<string, CookieCarrier>>();

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
  checkOptions(options);
  const secrets = checkSecrets(options);
  const trustedOrigins = checkCrossOrigin(options);
  const source = (): IssuedKey => {
    throw new ConfigurationError(
      "Hand cookieKey() itself to defineSession: keyFn: cookieKey(). It cannot be called for a key.",
    );
  };
  const carrier = (name: string): TokenCarrier<Req> => {
    const attributes = cookieAttributes(options, name);
    const signer = secrets && new CookieSigner(attributes.name, secrets);
    return new CookieCarrier(attributes, signer, trustedOrigins, options.persistent);
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
  readonly #trustedOrigins: ReadonlySet<string> | undefined;

  /** @param trustedOrigins - which origins may send what is not safe; `undefined`: all */
  constructor(
    attributes: CookieAttributes,
    signer: CookieSigner | undefined,
    trustedOrigins: ReadonlySet<string> | undefined,
    persistent: boolean | undefined,
  ) {
    this.#attributes = attributes;
    this.#signer = signer;
    this.#trustedOrigins = trustedOrigins;
    this.persistent = persistent;
  }

  read(request: RequestWithHeaders): Presented {
    this.#claim(request.headers);
    if (this.#trustedOrigins !== undefined && isCrossOrigin(request, this.#trustedOrigins))
      return { tokens: [], excess: [], rejected: ["cross-origin"] };
    const tokens = new Map<string, PresentedToken>();
    const rejected = new Set<"malformed" | "signature">();
    const header = request.headers.get("cookie") ?? "";
    let verifiedCount = 0;
    for (const value of new Set(cookieValues(header, this.#attributes.name))) {
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
    // So many are an attack by a neighbouring host. None is looked up, but signing out ends all of them.
    return { tokens: [], excess: authentic, rejected: [...rejected.add("malformed")] };
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

  /** Two definitions with one cookie would take each other's tokens for unknown ones, and overwrite them. */
  #claim(headers: object): void {
    const { name } = this.#attributes;
    const owners = claims.get(headers) ?? new Map<string, CookieCarrier>();
    if (owners.size === 0) claims.set(headers, owners);
    const owner = owners.get(name) ?? this;
    owners.set(name, owner);
    if (owner === this) return;
    throw new ConfigurationError(
      `Two session definitions use the cookie "${name}" in one request. Give each a cookie name of its own.`,
    );
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
