/** A `keyFn` that takes the key from one request header. */
export interface HeaderKeyFn<Req extends object = Request> {
  /** Takes the key from a request. */
  (request: Req): string | undefined;
  /** The header's name. Responses vary by it. */
  readonly header: string;
}

/**
 * Returns the name of the header that a `keyFn` reads, for `Vary`; `undefined` if it does not say.
 */
export function headerOf(keyFn: object): string | undefined {
  return "header" in keyFn && typeof keyFn.header === "string" ? keyFn.header : undefined;
}
