import { StatusError } from "itty-router";
import type { Html } from "./html.ts";

/** The largest form that the shop reads, in bytes. */
const MAX_FORM = 4096;

/** Headers of every response. The pages have no script, no frame and no inline style, so nothing of that is allowed. */
const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Not "no-referrer": with that, browsers send "Origin: null" with our own forms.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Adds the security headers. For the router's `finally`. */
export function secure(response: Response): Response {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  return response;
}

/** Makes the response for a page. No browser keeps it, so nobody finds it with the Back button after a sign-out. */
export function respond({ text }: Html, status = 200): Response {
  const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  return new Response(text, { status, headers });
}

/** Sends the browser to another page of the shop, by GET. The address is relative, so it holds behind any proxy. */
export function redirect(path: `/${string}`): Response {
  return new Response(null, { status: 303, headers: { location: path } });
}

/**
 * Reads a form.
 *
 * @throws StatusError 415 if it is not one, 413 if it has more than 4096 bytes
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) throw new StatusError(415);
  if (Number(request.headers.get("content-length")) > MAX_FORM) throw new StatusError(413);
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  // A client may send more than it said, or not say how much it sends.
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_FORM) throw new StatusError(413);
    text += decoder.decode(chunk, { stream: true });
  }
  return new URLSearchParams(text + decoder.decode());
}
