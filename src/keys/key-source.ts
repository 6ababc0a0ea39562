/** The key that a {@link KeySource} issues: the SHA-256 of a token, 43 characters of base64url. */
export type IssuedKey = string & {
  /** For the compiler; it does not exist at run time. */
  readonly "~issued": true;
};

/** A token that a request carries, well-formed and authentic. */
export interface PresentedToken {
  /** The token, without its signature. */
  readonly token: string;
  /**
   * The session's key: the SHA-256 of the token. The store knows only this hash, so nobody can use
   * what they read in the store as a token (OWASP Session Management; CVE-2019-16782). Tokens are
   * random enough to need no salt.
   */
  readonly key: string;
  /** Whether the cookie should be sent again, because an older secret signed it. */
  readonly isStale: boolean;
}

/** What a request carries for one definition. */
export interface Credentials {
  /** The tokens to look up, without duplicates. Usually there is one. Their order says nothing. */
  readonly tokens: readonly PresentedToken[];
  /**
   * Further authentic tokens. They are too many to look up, but a removal ends their sessions too.
   */
  readonly excess: readonly PresentedToken[];
  /** Why other tokens were refused. After `cross-origin` there are no tokens. */
  readonly rejected: readonly ("malformed" | "signature" | "cross-origin")[];
}

/** The attributes of a session's cookie, but for `Max-Age`. What was not asked for is left out. */
export interface CookieAttributes {
  /** Which paths the browser sends it to. */
  readonly path: string;
  /** Which other sites' requests carry it. */
  readonly sameSite: "strict" | "lax" | "none";
  /** Whether it is sent over HTTPS only. */
  readonly secure: boolean;
  /** Whether scripts in the page cannot read it. */
  readonly httpOnly: boolean;
  /** Under which domain all hosts have it. */
  readonly domain?: string;
  /** Whether each embedding site has its own. */
  readonly partitioned?: boolean;
  /** Which cookies a full browser drops first. */
  readonly priority?: "low" | "medium" | "high";
}

/** How the tokens of one definition are read and sent. */
export interface TokenTransport<Req> {
  /**
   * Whether the client should keep a token for as long as the session can last. `undefined` means:
   * if the definition has a lifetime.
   */
  readonly persistent: boolean | undefined;
  /** The name of the request header that holds the token, for `Vary`. */
  readonly header: string;
  /** The name of the cookie. */
  readonly cookieName: string;
  /** The cookie's attributes. */
  readonly attributes: CookieAttributes;
  /** Finds the tokens of a request. */
  read(request: Req): Credentials;
  /** Returns the cookie's value: the token, signed if there are secrets. */
  sign(token: string): string;
  /**
   * Returns the `Set-Cookie` line of a token.
   *
   * @param token - the token; an empty one with a `maxAge` of 0 deletes the cookie
   * @param maxAge - how many seconds the client should keep the cookie; `undefined`: until it is
   * closed
   */
  setCookie(token: string, maxAge: number | undefined): string;
}

/**
 * A `keyFn` that issues keys and sends them to clients: `keyFn: cookieKey()`.
 *
 * @typeParam Req - the request that tokens are read from
 */
export interface KeySource<Req extends object = Request> {
  /**
   * For the compiler, which infers the request and the key from it. Pass the source itself; calling
   * it throws.
   */
  (request: Req): IssuedKey;
  /**
   * Prepares the source for one definition. `defineSession` calls it once.
   *
   * @param name - the definition's name
   */
  readonly transport: (name: string) => TokenTransport<Req>;
}

/** Returns whether a `keyFn` is a key source. */
export function isKeySource<Req extends object>(keyFn: object): keyFn is KeySource<Req> {
  return "transport" in keyFn && typeof keyFn.transport === "function";
}

/**
 * A `keyFn` whose keys are secrets: everyone who knows a key can use its session. Drivers keep only
 * hashes of the keys. A request starts no session under such a key. Your program does, with `store`
 * or `session(key)`.
 */
export interface SecretKeyFn<Req extends object = Request> {
  /** Takes the key from a request. */
  (request: Req): string | undefined;
  /** Marks the function. */
  readonly isSecret: true;
}

/** Returns whether drivers may keep only hashes of the keys. */
export function isSecret(keyFn: object): boolean {
  return "isSecret" in keyFn && keyFn.isSecret === true;
}
