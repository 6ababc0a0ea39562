/** The key that a {@link KeySource} issues: the SHA-256 of a token, 43 characters of base64url. */
export type IssuedKey = string & {
  /** Types only; never there at run time. */
  readonly "~issued": true;
};

/** A token that a request carries, well-formed and authentic. */
export interface PresentedToken {
  /** The token, without its signature. */
  readonly token: string;
  /**
   * The session's key: the token's SHA-256. The store knows no more than that, so whoever reads the store cannot present
   * what is in it (OWASP Session Management; CVE-2019-16782). A token is random enough to need no salt.
   */
  readonly key: string;
  /** Whether it should be sent anew, because it was signed with an older secret. */
  readonly isStale: boolean;
}

/** What a request carries for one definition. */
export interface Credentials {
  /** Tokens worth looking up, each once. More than one is unusual, and none of them is preferred for its place. */
  readonly tokens: readonly PresentedToken[];
  /** Further authentic tokens: too many to look up, but a removal ends their sessions too. */
  readonly excess: readonly PresentedToken[];
  /** Why others were not worth it, one reason for each. After `cross-origin` there are no tokens. */
  readonly rejected: readonly ("malformed" | "signature" | "cross-origin")[];
}

/** How the tokens of one definition travel. */
export interface TokenTransport<Req> {
  /**
   * Whether the client should keep a token for as long as the session can last. `undefined`: if the definition has a
   * lifetime.
   */
  readonly persistent: boolean | undefined;
  /** The request header that decides which token is read, for `Vary`. */
  readonly header: string;
  /** The name of the cookie. */
  readonly cookieName: string;
  /** Finds the tokens of a request. */
  read(request: Req): Credentials;
  /**
   * Returns the `Set-Cookie` line of a token.
   *
   * @param token - the token; empty to have the cookie deleted, with a `maxAge` of 0
   * @param maxAge - how many seconds the client should keep it; `undefined`: until it is closed
   */
  setCookie(token: string, maxAge: number | undefined): string;
}

/**
 * Where keys come from that the server itself issues: `keyFn: cookieKey()`.
 *
 * @typeParam Req - the request that tokens are read from
 */
export interface KeySource<Req extends object = Request> {
  /** For the compiler, which takes from it what the source reads and gives. Hand over the source itself: calling it throws. */
  (request: Req): IssuedKey;
  /**
   * Prepares the source for one definition. Called once, by `defineSession`.
   *
   * @param name - the definition's name
   */
  readonly transport: (name: string) => TokenTransport<Req>;
}

/** Whether a `keyFn` is a key source. */
export function isKeySource<Req extends object>(keyFn: object): keyFn is KeySource<Req> {
  return "transport" in keyFn && typeof keyFn.transport === "function";
}

/**
 * A `keyFn` whose keys open a session to whoever knows them. A driver keeps only hashes of them, and a request starts no
 * session under one: only `store` and `session(key)` do, where your program made the key.
 */
export interface SecretKeyFn<Req extends object = Request> {
  /** Takes the key from a request. */
  (request: Req): string | undefined;
  /** Says so. */
  readonly isSecret: true;
}

/** Whether the keys of a `keyFn` must not be kept as they are. */
export function isSecret(keyFn: object): boolean {
  return "isSecret" in keyFn && keyFn.isSecret === true;
}
