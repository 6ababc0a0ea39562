/** The key that a {@link KeySource} issues: the SHA-256 of a token, 43 characters of base64url. */
export type IssuedKey = string & {
  /** Types only; never there at run time. */
  readonly "~issued": true;
};

/** A token that a request carries, well-formed and authentic. */
export interface PresentedToken {
  /** The token, without its signature. */
  readonly token: string;
  /** Whether it should be sent anew, because it was signed with an older secret. */
  readonly stale: boolean;
}

/** What a request carries of one key source. */
export interface Presented {
  /** Tokens worth looking up, each once. More than one is unusual, and none of them is to be preferred for its place. */
  readonly tokens: readonly PresentedToken[];
  /** Further authentic tokens: too many to look up, but a removal ends their sessions too. */
  readonly excess: readonly PresentedToken[];
  /** Why others were not worth it, one reason for each. After `cross-origin` there are no tokens. */
  readonly rejected: readonly ("malformed" | "signature" | "cross-origin")[];
}

/** How the tokens of one definition travel. */
export interface TokenCarrier<Req extends object = Request> {
  /**
   * Whether the client should keep a token for as long as the session can last. `undefined`: if the session has a
   * lifetime.
   */
  readonly persistent: boolean | undefined;
  /** The request header that decides which token is read, for `Vary`. */
  readonly header: string;
  /** Finds the tokens of a request. Whatever a client sends, it must not throw. */
  read(request: Req): Presented;
  /**
   * Puts a token on a response, in place of one that is on it already.
   *
   * @param maxAge - how many seconds the client should keep it; `undefined`: until it is closed
   */
  write(headers: Headers, token: string, maxAge: number | undefined): void;
  /** Tells the client to forget its token. */
  clear(headers: Headers): void;
}

/**
 * Where keys come from that the server itself issues: `keyFn: cookieKey()`. A source of another kind carries the token by
 * other means; what the token is, and what becomes of it, stays with the definition.
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
  readonly carrier: (name: string) => TokenCarrier<Req>;
}

/** Whether a `keyFn` is a key source. */
export function isKeySource<Req extends object>(keyFn: object): keyFn is KeySource<Req> {
  return "carrier" in keyFn && typeof keyFn.carrier === "function";
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
