import { ConfigurationError } from "../errors.ts";
import type { RequestWithHeaders } from "./request.ts";

/**
 * Returns whether a page of another origin made the browser send this request. To be asked of
 * requests that are not safe. Follows Go 1.25's `http.CrossOriginProtection`.
 *
 * @param trustedOrigins - the values of `Origin` that always pass
 */
export function isCrossOrigin(
  request: RequestWithHeaders,
  trustedOrigins: ReadonlySet<string>,
): boolean {
  const { headers } = request;
  const origin = headers.get("origin") ?? "";
  if (trustedOrigins.has(origin)) return false;
  // Browsers send this header since 2023, over HTTPS and to localhost.
  const site = headers.get("sec-fetch-site") ?? "";
  if (site !== "") return site !== "same-origin" && site !== "none";
  // Without both headers, the client is no browser, or the request has the same origin.
  return origin !== "" && !isOfHost(origin, request);
}

/**
 * Returns whether an origin has the host that the request was sent to. Schemes are not compared:
 * behind a proxy that ends TLS, server and browser see different ones.
 */
function isOfHost(origin: string, { headers, url }: RequestWithHeaders): boolean {
  const [, scheme, authority] = /^(https?):\/\/(.+)$/.exec(origin) ?? [];
  if (scheme === undefined) return false;
  const own = headers.get("host") || URL.parse(url ?? "")?.host;
  const host = normalHost(scheme, own);
  return host !== undefined && host === normalHost(scheme, authority);
}

/**
 * Returns host and port, without the scheme's default port; `undefined` for any text that holds
 * more.
 */
function normalHost(scheme: string, authority: string | undefined): string | undefined {
  if (authority === undefined || /[\s/?#@\\]/.test(authority)) return undefined;
  return URL.parse(`${scheme}://${authority}`)?.host;
}

/**
 * Returns the origins as a set.
 *
 * @throws ConfigurationError if one is not written exactly as browsers send it, because it would
 * never match
 */
export function checkTrustedOrigins(origins: unknown): ReadonlySet<string> {
  if (!Array.isArray(origins)) {
    throw new ConfigurationError('cookieKey: "trustedOrigins" must be a list of origins.');
  }
  for (const origin of origins) {
    if (isOrigin(origin)) continue;
    const exact = URL.parse(String(origin).replace(/^ws/i, "http"))?.origin;
    const advice = isOrigin(exact) ? ` Did you mean "${exact}"?` : "";
    throw new ConfigurationError(
      `cookieKey: "trustedOrigins" must hold origins as browsers send them, such as "https://app.example": scheme, host and any unusual port, in lower case, without path, trailing slash or wildcard.${advice}`,
    );
  }
  return new Set(origins as string[]);
}

function isOrigin(text: unknown): boolean {
  if (typeof text !== "string" || !/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\*,]+$/.test(text))
    return false;
  const url = URL.parse(text);
  // Apps and extensions have schemes of their own. WebSocket and file URLs get a slash at the end
  // of `href`, so they are refused.
  return url !== null && (/^https?:$/.test(url.protocol) ? url.origin : url.href) === text;
}
