import type { NotByCookie } from "../definition/definition.ts";
import type { AnyDefinition, InferSession } from "../definition/infer.ts";
import { UsageError } from "../errors.ts";
import type { CookieJar, JarCookieAttributes } from "../http/cookie-jar.ts";

/** A cookie as Playwright's `context.addCookies` takes it. */
export interface BrowserCookie {
  /** Its name. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
  /** The origin that it belongs to. Left out if the cookie has a domain or a path of its own. */
  readonly url?: string;
  /** The host; with a dot in front, also all hosts under it. */
  readonly domain?: string;
  /** The path. */
  readonly path?: string;
  /** Whether scripts in the page cannot read it. */
  readonly httpOnly: boolean;
  /** Whether it is sent over HTTPS only. */
  readonly secure: boolean;
  /** Which requests of other sites carry it. */
  readonly sameSite: "Strict" | "Lax" | "None";
}

/** A client that has a session, for a test of your app. Any router and any HTTP client can use it. */
export interface SignedIn {
  /** The `Cookie` header, such as `"__Host-users=…"`. Empty if the session was removed through `jar`. */
  readonly cookie: string;
  /** The same as headers, for `fetch`, Hono's `app.request` or Fastify's `inject`. */
  readonly headers: Readonly<Record<"cookie", string>>;
  /**
   * The client's cookie jar. `users.open(ada.jar)` is its session, to look at what your app has
   * stored. If you `rotate` it or `remove` it there, the other members follow.
   */
  readonly jar: Required<CookieJar>;
  /**
   * Returns a request with the cookie.
   *
   * @param url - the address; a path such as `"/cart"` is one on `https://localhost`
   * @param init - more of the request; a `cookie` header stands in front of the session's
   */
  request(url: string | URL, init?: RequestInit): Request;
  /**
   * Returns the cookie for Playwright's `context.addCookies`.
   *
   * @param url - where your app runs
   * @throws UsageError if browsers would not send the cookie there: one with `Secure` goes over HTTPS
   * only, and over plain HTTP only to this machine
   */
  browserCookies(url: string | URL): BrowserCookie[];
}

/** What you may write into a session, with its privileged fields. */
type Writable<Handle> = Handle extends {
  rotate: (initial: infer Initial, ...rest: never) => unknown;
}
  ? Exclude<Initial, () => unknown>
  : Handle extends { insert: (value: infer Value) => unknown }
    ? Value
    : never;

/** The value of a sign-in. Where the session is not kept by cookie, a sentence. */
type SignInValue<Definition extends AnyDefinition> = Definition extends {
  readonly open: NotByCookie<string>;
}
  ? "only a session kept by cookie can be signed in: keyFn: cookieKey()"
  : Writable<InferSession<Definition>>;

/**
 * Starts a session as a completed sign-in would, and returns a client that has its cookie, to test
 * what your app does for a user. The session is in the definition's own driver. The value may have
 * privileged fields.
 *
 * Send `headers` with each request. Do not put the cookie into a cookie jar that speaks plain HTTP,
 * such as an agent of supertest: it drops cookies with `Secure`. Nor does such an agent keep the
 * cookies that your app sets. If a test has to follow them, define the session of your tests with
 * `cookieKey({ secure: false })`.
 *
 * @param definition - what `defineSession` returned, with `keyFn: cookieKey()`
 * @param value - the value of the session
 * @throws InvalidValueError if the schema refuses the value
 * @throws UsageError if the session is not kept by cookie
 * @example
 * ```ts
 * const ada = await signedIn(users, { user: "Ada" });
 * const response = await fetch(`${url}/account`, { headers: ada.headers });
 * ```
 */
export async function signedIn<Definition extends AnyDefinition>(
  definition: Definition,
  value: SignInValue<Definition>,
): Promise<SignedIn> {
  const client = new Client();
  const { open } = definition as unknown as { open: (jar: CookieJar) => Writer };
  const session = open(client.jar);
  await session
    .rotate(value, () => value)
    .catch((error: unknown) => {
      // A driver without compare-and-set has no `rotate`. There a sign-in is an insert.
      if (error instanceof UsageError) return session.insert(value);
      throw error;
    });
  return client;
}

/** A session as far as {@link signedIn} uses it. */
interface Writer {
  rotate(initial: unknown, update: () => unknown): Promise<unknown>;
  insert(value: unknown): Promise<unknown>;
}

class Client implements SignedIn {
  /** The cookie that was set last. */
  #cookie: { name: string; value: string; attributes: JarCookieAttributes } | undefined;

  readonly jar: Required<CookieJar> = {
    get: (name) => (name === this.#cookie?.name ? this.#cookie.value : undefined),
    set: (name, value, attributes) => {
      this.#cookie = attributes.maxAge === 0 ? undefined : { name, value, attributes };
    },
  };

  get cookie(): string {
    return this.#cookie === undefined ? "" : `${this.#cookie.name}=${this.#cookie.value}`;
  }

  get headers(): Readonly<Record<"cookie", string>> {
    return { cookie: this.cookie };
  }

  request(url: string | URL, init: RequestInit = {}): Request {
    const headers = new Headers(init.headers);
    const cookies = [headers.get("cookie") ?? "", this.cookie].filter((it) => it !== "");
    if (cookies.length > 0) headers.set("cookie", cookies.join("; "));
    return new Request(new URL(url, "https://localhost"), { ...init, headers });
  }

  browserCookies(url: string | URL): BrowserCookie[] {
    if (this.#cookie === undefined) return [];
    const { name, value, attributes } = this.#cookie;
    const { domain, httpOnly, path, sameSite, secure } = attributes;
    const { host, hostname, origin, protocol } = new URL(url);
    if (secure && protocol === "http:" && !THIS_MACHINE.test(hostname)) {
      throw new UsageError(
        `No browser sends the cookie "${name}" to ${origin}, because it has Secure. Run the app on localhost or over HTTPS, or define the session of your tests with cookieKey({ secure: false }).`,
      );
    }
    // Chromium takes a cookie with Secure by DevTools only for a URL of HTTPS, on localhost too.
    const home = secure ? `https://${host}` : origin;
    const isHostOnly = domain === undefined && path === "/";
    return [
      {
        name,
        value,
        ...(isHostOnly ? { url: home } : { domain: domain ?? hostname, path }),
        httpOnly,
        secure,
        sameSite: SAME_SITE[sameSite],
      },
    ];
  }
}

/** The hosts to which browsers send cookies with `Secure` over plain HTTP. */
const THIS_MACHINE = /^(([^.]+\.)*localhost|127(\.\d+){3}|\[::1\])$/;

/** As Playwright writes it. */
const SAME_SITE = { strict: "Strict", lax: "Lax", none: "None" } as const;
