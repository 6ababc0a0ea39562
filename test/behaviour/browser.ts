/** How long a page may take. */
const TIMEOUT_MS = 30_000;

/** A page as a browser got it. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser at one app: keeps its cookies, and follows no redirect. */
export class Browser {
  readonly #origin: string;
  readonly #cookies: Map<string, string> = new Map();

  /** @param cookies - what it has from before */
  constructor(origin: string, cookies: Iterable<[string, string]> = []) {
    this.#origin = origin;
    this.#cookies = new Map(cookies);
  }

  /** Returns another browser with the same cookies. */
  copy(): Browser {
    return new Browser(this.#origin, this.#cookies);
  }

  /** Returns a cookie; an empty text for one that is not there. */
  cookie(name: string): string {
    return this.#cookies.get(name) ?? "";
  }

  get(path: string): Promise<Page> {
    return this.#load("GET", path);
  }

  post(path: string): Promise<Page> {
    return this.#load("POST", path);
  }

  /** Requests a page. Returns as soon as its head is there, with the body to come. */
  async open(method: string, path: string): Promise<Response> {
    const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
    const headers: HeadersInit = cookie === "" ? {} : { cookie };
    const response = await fetch(this.#origin + path, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  async #load(method: string, path: string): Promise<Page> {
    const response = await this.open(method, path);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/; *Max-Age=0/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

/** Returns the names of the cookies that a page sets. */
export function cookiesOf({ headers }: Pick<Page, "headers">): string[] {
  return headers.getSetCookie().map((line) => line.slice(0, line.indexOf("=")));
}
