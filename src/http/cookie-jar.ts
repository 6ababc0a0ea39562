import { UsageError } from "../errors.ts";
import type { CookieAttributes, Credentials } from "../keys/key-source.ts";
import type { RequestWithHeaders } from "../keys/request.ts";
import type { Carrier, CookieUpdate } from "../session/carrier.ts";
import { isPromise } from "../util/maybe-promise.ts";
import type { CookieResponses } from "./cookie-response.ts";

/** The attributes of a cookie that is set in a {@link CookieJar}. */
export interface JarCookieAttributes extends CookieAttributes {
  /**
   * How many seconds the browser keeps the cookie; 0 deletes it. Without it, the browser keeps the
   * cookie until it is closed.
   */
  readonly maxAge?: number;
}

/**
 * An object to get and set cookies with, such as Next.js's `await cookies()`.
 *
 * @typeParam Given - what `open` infers from `set`, to refuse one that takes no attributes; leave
 * it out
 */
export interface CookieJar<Given = SetCookie> {
  /** Returns the decoded value of a cookie that the client sent, or an object that holds it. */
  get(name: string):
    | string
    | {
        /** The decoded value. */
        readonly value: string;
      }
    | null
    | undefined;
  /**
   * Sets a cookie on the response, by its name, its value and its attributes. Called when a verb
   * has succeeded. Pass the attributes on: without them the cookie is sent over plain HTTP too, and
   * scripts can read it. Throw, or return a promise that rejects, where it is too late for a cookie.
   * Leave `set` out where no cookie can be set.
   *
   * `maxAge` counts in seconds. Express's `res.cookie` counts in milliseconds.
   */
  set?: CheckedSet<Given>;
}

/** `set` of a jar. As a method, so that a framework's with narrower parameters fits. */
type SetCookie = {
  set(name: string, value: string, attributes: JarCookieAttributes): unknown;
}["set"];

/**
 * What `set` may be. Any function may leave out parameters, so they are counted: one without
 * attributes would send a cookie that scripts can read, or none at all, as Next.js's
 * `request.cookies` does. At run time nothing tells them apart, because many have a rest parameter
 * or defaults. The intersection adds nothing; the compiler infers from it.
 */
type CheckedSet<Given> = [3] extends [ParametersOf<NonNullable<Given>>["length"]]
  ? SetCookie | (SetCookie & Given)
  : "set must take the cookie's attributes too, as set(name, value, attributes): without them scripts can read it. Next.js's request.cookies sends nothing: use wrap, or await cookies()";

/** The parameters of a function with up to three overloads; Bun's `CookieMap` has two. */
type ParametersOf<Given> = Given extends {
  (...args: infer First): unknown;
  (...args: infer Second): unknown;
  (...args: infer Third): unknown;
}
  ? First | Second | Third
  : unknown[];

/** Why no cookie can be sent from a read-only jar. */
export const NO_SET =
  'This session was opened read-only, by a cookie jar without "set", so it cannot be started or rotated. Write where the framework lets you set cookies (in Next.js, a server action or a route handler). Nothing was stored.';

/** Reads tokens from cookie jars, and sets them there at once. */
export class JarCarrier implements Carrier<CookieJar> {
  readonly keyPrefix: string;
  readonly renewsCookie: boolean;
  readonly transport: { read(jar: CookieJar): Credentials };
  readonly #cookies: CookieResponses<object>;

  constructor(cookies: CookieResponses<object>) {
    this.keyPrefix = cookies.keyPrefix;
    this.renewsCookie = cookies.renewsCookie;
    this.transport = { read: (jar) => cookies.transport.read(this.#request(jar)) };
    this.#cookies = cookies;
  }

  updated(jar: CookieJar, cookie: CookieUpdate | undefined): unknown {
    // A jar cannot take back a cookie that was set.
    if (cookie === undefined) return undefined;
    const { transport } = this.#cookies;
    const value = cookie === "clear" ? "" : transport.sign(cookie.token);
    const maxAge = cookie === "clear" ? 0 : this.#cookies.maxAge(cookie.createdAt);
    const attributes = { ...transport.attributes, ...(maxAge === undefined ? {} : { maxAge }) };
    try {
      const setting = jar.set?.(transport.cookieName, value, attributes);
      return isPromise(setting) ? setting.then(() => undefined, failure) : undefined;
    } catch (error) {
      return failure(error);
    }
  }

  /** Returns a request with the cookie that is in the jar. */
  #request(jar: CookieJar): RequestWithHeaders {
    const name = this.#cookies.transport.cookieName;
    const found = jar.get(name);
    const isObject = typeof found === "object" && found !== null;
    const value: unknown = isObject ? found.value : (found ?? undefined);
    // Taking a promise, or a list of cookies, for no cookie would sign every visitor out.
    const isCookie =
      value === undefined ? !isObject || "value" in found : typeof value === "string";
    if (!isCookie) throw notText();
    const cookie = value === undefined ? null : `${name}=${value}`;
    return { method: "GET", headers: { get: (header) => (header === "cookie" ? cookie : null) } };
  }
}

/** Returns why `set` has failed, whatever it threw. */
function failure(thrown: unknown): unknown {
  return thrown ?? new Error('"set" threw nothing that says why.');
}

function notText(): UsageError {
  return new UsageError(
    '"get" of a cookie jar must return a text, { value: text }, null or undefined, and no promise.',
  );
}
