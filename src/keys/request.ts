/** What the key sources read of a request. Every `Request` fits. */
export interface RequestWithHeaders {
  /** Its headers. */
  readonly headers: Pick<Headers, "get">;
  /** Its method. `cookieKey` treats a request without one as not safe, and checks where it comes from. */
  readonly method?: string | undefined;
  /** Its URL, which names the host where there is no `Host` header. */
  readonly url?: string | undefined;
}
