/** Whether headers can be set on it: a `Response`, also one of another realm or library. */
export function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false;
  const { headers } = value as Partial<Response>;
  return typeof headers?.get === "function" && typeof headers.append === "function";
}

/**
 * Gives the response with other headers, and its body untouched. It is a copy: a program may hand out one response to
 * everybody, where a cookie must not stay, and the headers of redirects and of fetched responses cannot be changed.
 */
export function withHeaders(response: Response, edit: (headers: Headers) => void): Response {
  // A switch of protocols cannot be copied: what is behind it (a WebSocket on Workers) is no part of the standard.
  if (response.status === 101) {
    edit(response.headers);
    return response;
  }
  const headers = new Headers(response.headers);
  edit(headers);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

/** Lets caches know that a response depends on a header of the request (RFC 9110 section 12.5.5). */
export function vary(response: Response, header: string): Response {
  const names = (response.headers.get("vary") ?? "")
    .split(",")
    .map((it) => it.trim().toLowerCase());
  if (names.includes("*") || names.includes(header.toLowerCase())) return response;
  try {
    response.headers.append("vary", header);
    return response;
  } catch {
    return withHeaders(response, (headers) => headers.append("vary", header));
  }
}

/** Keeps caches from storing a response, beside what is said already (RFC 9111 section 5.2.2.5). */
export function forbidStoring(headers: Headers): void {
  const directives = headers.get("cache-control");
  if (/(^|[\s,])no-store([\s,]|$)/i.test(directives ?? "")) return;
  headers.set("cache-control", directives === null ? "no-store" : `${directives}, no-store`);
}
