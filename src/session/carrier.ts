import type { Credentials } from "../keys/key-source.ts";

/** What the response has to do with a session's cookie: set this token, or clear the cookie. */
export type CookieUpdate = "clear" | { readonly token: string; readonly createdAt: number };

/** Carries the tokens of one definition from and to clients. It is made once, for all requests. */
export interface Carrier<Source> {
  /** What driver keys begin with. */
  readonly keyPrefix: string;
  /**
   * Whether the cookie has to be renewed while its session is used, because there is no absolute
   * limit.
   */
  readonly renewsCookie: boolean;
  readonly transport: {
    /** Finds what the client presents. Whatever that is, it must not throw. */
    read(source: Source): Credentials;
  };
  /**
   * Called when a verb has succeeded and what the response has to say has changed; see
   * `IssuedSession.cookie`. Returns what kept the cookie from being set, or `undefined`; a promise of
   * it where that takes time. Must neither throw nor reject.
   */
  updated(source: Source, cookie: CookieUpdate | undefined): unknown;
}
