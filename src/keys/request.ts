/** The parts of a request that key sources read. Every `Request` fits. */
export interface RequestWithHeaders {
  /** The headers. */
  readonly headers: Pick<Headers, "get">;
  /** The method. `cookieKey` treats a request without one as unsafe and checks its origin. */
  readonly method?: string | undefined;
  /** The URL. It names the host if there is no `Host` header. */
  readonly url?: string | undefined;
}
