/**
 * Headers that overrule `Cache-Control` for some shared caches: of older CDNs, and of nginx. Those
 * of RFC 9213 end like it: `CDN-Cache-Control`, and one for each CDN.
 */
const TARGETED: ReadonlySet<string> = new Set([
  "surrogate-control",
  "edge-control",
  "x-accel-expires",
]);

/**
 * What lets a shared cache store a response. `must-understand` lets a cache ignore `no-store` (RFC
 * 9111 section 5.2.2.3).
 */
const SHARED: ReadonlySet<string> = new Set(["public", "s-maxage", "must-understand"]);

/** The headers of a response: `Headers`, or what an adapter shows of another kind of response. */
export interface ResponseHeaders
  extends Pick<Headers, "get" | "set" | "append" | "delete" | "getSetCookie"> {
  /** Returns the names, in lower case. */
  keys(): Iterable<string>;
}

/** Returns whether a value is a `Response`, perhaps of another realm or library. */
export function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false;
  const { headers } = value as Partial<Response>;
  return typeof headers?.get === "function" && typeof headers.append === "function";
}

/**
 * Returns a copy of the response with edited headers. It is a copy because a program may return one
 * response to every client, and a cookie must not stay on that.
 *
 * A response that cannot be copied is changed in place if its status is the reason: 101 (behind it
 * is a WebSocket that `Response` does not know), or one that only a server or a framework can make.
 * Otherwise it is returned as it is: no client receives `Response.error()`, or a body that was read
 * already.
 */
export function withHeaders(response: Response, edit: (headers: Headers) => void): Response {
  const { status } = response;
  if (status >= 200 && status <= 599) {
    let copy: Response;
    try {
      // The response itself, and not its parts: it knows more of itself than can be read. On Workers
      // the copy is not compressed again, if its body is (`encodeBody`).
      copy = isUntypedInBun(response) ? response.clone() : new Response(response.body, response);
    } catch {
      return response;
    }
    edit(copy.headers);
    return copy;
  }
  try {
    edit(response.headers);
  } catch {
    // Its headers cannot be changed.
  }
  return response;
}

const { Bun: bun } = globalThis as { readonly Bun?: { inspect(thing: unknown): string } };

/**
 * Returns whether a body in memory gets its `Content-Type` from Bun when it is sent. Bun takes a
 * text whose `body` was read for bytes, which browsers download. It tells what a body is only in
 * what it prints. A stream has to be no clone: a clone of it would be kept in memory whole.
 */
function isUntypedInBun(response: Response): boolean {
  return (
    bun !== undefined &&
    !response.headers.has("content-type") &&
    /^ {2}Blob \(/m.test(bun.inspect(response))
  );
}

/**
 * Edits the headers of a response in place, or returns a copy if that is not possible. Use it for
 * headers that may stay on a shared response.
 */
export function editHeaders(response: Response, edit: (headers: Headers) => void): Response {
  try {
    edit(response.headers);
    return response;
  } catch {
    return withHeaders(response, edit);
  }
}

/**
 * Tells caches that a response depends on the session of its request.
 *
 * @param header - the request header that the key came from, if that is known
 * @param wasLive - whether there was a session: then the response may hold private data
 */
export function dependOn(
  headers: ResponseHeaders,
  header: string | undefined,
  wasLive: boolean,
): void {
  // First, because it reads all names: the fewer there are, the better.
  if (wasLive) keepPrivate(headers);
  if (header !== undefined) addVary(headers, header);
}

/** Does the same for a response. Returns any other value unchanged. */
export function markDependent<Given>(
  response: Given,
  header: string | undefined,
  wasLive: boolean,
): Given {
  if (!isResponse(response)) return response;
  return editHeaders(response, (headers) => dependOn(headers, header, wasLive)) as Given;
}

/** Tells caches that a response depends on a header of the request (RFC 9110 section 12.5.5). */
export function addVary(headers: ResponseHeaders, field: string): void {
  const present = headers.get("vary");
  const fields = present?.split(",").map((it) => it.trim().toLowerCase());
  if (fields?.includes("*") || fields?.includes(field.toLowerCase())) return;
  headers.append("vary", field);
}

/**
 * Lets only the client's own cache store a response. Keeps all other directives.
 */
export function keepPrivate(headers: ResponseHeaders): void {
  restrict(headers, (directives) => {
    if (directives.some((it) => /^(private|no-store)$/i.test(it))) return directives;
    // `private="…"` restricts a few headers, and lets all caches store the rest.
    return [...directives.filter((it) => nameOf(it) !== "private"), "private"];
  });
}

/** Keeps every cache from storing a response. Keeps all other directives. */
export function forbidStoring(headers: ResponseHeaders): void {
  restrict(headers, (directives) =>
    directives.some((it) => /^no-store$/i.test(it)) ? directives : [...directives, "no-store"],
  );
}

/**
 * Edits the directives of `Cache-Control`. Drops those that let a shared cache store the response.
 */
function restrict(headers: ResponseHeaders, edit: (directives: string[]) => string[]): void {
  const targeted: string[] = [];
  for (const name of headers.keys())
    if (name.endsWith("-cache-control") || TARGETED.has(name)) targeted.push(name);
  // Not in the loop above, because deleting would disturb it.
  for (const name of targeted) headers.delete(name);
  const text = headers.get("cache-control");
  const own = text === null ? [] : splitDirectives(text).filter((it) => !SHARED.has(nameOf(it)));
  const edited = edit(own).join(", ");
  if (edited !== text) headers.set("cache-control", edited);
}

/**
 * Splits a text at the commas outside of quotes. Drops a quote without an end, because it would
 * swallow the directives after it.
 */
function splitDirectives(text: string): string[] {
  const parts = text.match(/(?:"(?:\\.|[^"\\])*"|[^",])+/g) ?? [];
  return parts.map((it) => it.trim()).filter((it) => it !== "");
}

function nameOf(directive: string): string {
  return (directive.split("=", 1)[0] ?? "").trim().toLowerCase();
}
