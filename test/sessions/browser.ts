import { CookieJar } from "tough-cookie";

/** The host that tests talk to. `__Host-` cookies need HTTPS. */
export const ORIGIN = "https://shop.example";

type Fetch = (request: Request) => Response | Promise<Response>;

/**
 * A browser: it keeps cookies by RFC 6265bis, and throws where a cookie that it is sent breaks the
 * rules. It forgets none for its age, as a thief would not: it is for the server to end sessions.
 */
export class Browser {
  readonly jar: CookieJar = new CookieJar(undefined, { prefixSecurity: "strict" });
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** Sends a request with the cookies that it has, and keeps those of the response. */
  async send(path = "/", headers: Record<string, string> = {}): Promise<Response> {
    const response = await this.#fetch(this.request(path, headers));
    for (const cookie of response.headers.getSetCookie()) await this.jar.setCookie(cookie, ORIGIN);
    return response;
  }

  /** Sends a request and gives the text of the response. */
  async text(path = "/"): Promise<string> {
    return (await this.send(path)).text();
  }

  /** A request as this browser would send it. */
  request(path = "/", headers: Record<string, string> = {}): Request {
    const cookie = this.cookie;
    const all = cookie === "" ? headers : { cookie, ...headers };
    return new Request(new URL(path, ORIGIN), { headers: all });
  }

  /** The `Cookie` header that it would send. */
  get cookie(): string {
    return this.jar.getCookieStringSync(ORIGIN);
  }
}

/** The first token in a `Set-Cookie` or `Cookie` header's text. */
export function tokenOf(text: string | null | undefined): string {
  const token = /=([\w-]{43})/.exec(text ?? "")?.[1];
  if (token === undefined) throw new Error(`no token in ${JSON.stringify(text)}`);
  return token;
}
