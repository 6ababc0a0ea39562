import { CookieJar } from "tough-cookie";

/** A form of a page: where a browser sends it, and how. */
export interface Form {
  readonly url: string;
  readonly isMultipart: boolean;
  /** The hidden fields. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** A page as its reader sees it. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** What can be read on it, without marks. */
  readonly text: string;
}

type Init = RequestInit & { readonly headers?: Readonly<Record<string, string>> };

/** A browser without scripts. It takes `Secure` cookies from this machine, as Chromium does. */
export class Browser {
  /** The `Set-Cookie` lines of all responses so far. */
  readonly lines: string[] = [];
  readonly #origin: string;
  readonly #cookies: CookieJar = new CookieJar(undefined, { prefixSecurity: "strict" });

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** What it would send as `Cookie`. */
  get cookie(): string {
    return this.#cookies.getCookieStringSync(this.#secureOrigin);
  }

  /** Browsers take a server of this machine for a secure one. */
  get #secureOrigin(): string {
    return this.#origin.replace("http:", "https:");
  }

  /** Sends a request and keeps the cookies of its response. Follows no redirect. */
  async fetch(url: string, init: Init = {}): Promise<Response> {
    const { cookie } = this;
    // Some frameworks answer a form without it in JSON.
    const headers = new Headers({ accept: "text/html", ...init.headers });
    if (cookie !== "" && !headers.has("cookie")) headers.set("cookie", cookie);
    // What a proxy in front of the server would say; SvelteKit compares forms' origins with it.
    headers.set("x-forwarded-proto", "http");
    const target = new URL(url, this.#origin);
    const response = await fetch(target, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      this.lines.push(line);
      this.#cookies.setCookieSync(line, this.#secureOrigin);
    }
    return response;
  }

  /** Opens a page, and the pages that it redirects to. */
  async open(url = "/", init: Init = {}): Promise<Page> {
    const response = await this.fetch(url, init);
    const location = response.headers.get("location");
    if (location !== null) {
      await response.body?.cancel();
      return this.open(location);
    }
    const { headers, status } = response;
    const html = await response.text();
    return { url: new URL(url, this.#origin).href, status, headers, html, text: textOf(html) };
  }

  /** Fills in a form and sends it, as its button would. */
  submit(form: Form, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.open(form.url, this.#post(form, fields, this.#origin, "same-origin"));
  }

  /** Sends a form as a page of another site can. */
  forge(form: Form, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.fetch(form.url, this.#post(form, fields, "https://evil.example", "cross-site"));
  }

  #post(form: Form, fields: Readonly<Record<string, string>>, origin: string, site: string): Init {
    const body = form.isMultipart ? new FormData() : new URLSearchParams();
    for (const [name, value] of [...form.fields, ...Object.entries(fields)])
      body.append(name, value);
    return { method: "POST", body, headers: { origin, "sec-fetch-site": site } };
  }
}

/** Finds the form of a page by the text of its button. */
export function formOf(page: Page, button: string): Form {
  for (const [form] of page.html.matchAll(/<form\b.*?<\/form>/gs)) {
    if (!textOf(form).trim().startsWith(button)) continue;
    const [tag = ""] = /^<form\b[^>]*>/.exec(form) ?? [];
    const hidden = [...form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)];
    return {
      url: new URL(attribute(tag, "action") ?? "", page.url).href,
      isMultipart: attribute(tag, "enctype") === "multipart/form-data",
      fields: hidden.map(([it]) => [attribute(it, "name") ?? "", attribute(it, "value") ?? ""]),
    };
  }
  throw new Error(`no form "${button}" on this page (${page.status}): ${page.text}`);
}

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}="([^"]*)"`, "i").exec(tag)?.[1];
  return found === undefined ? undefined : unescapeHtml(found);
}

function textOf(html: string): string {
  const body = html.replace(/<!--.*?-->|<(script|style|head)\b.*?<\/\1>/gs, "");
  return unescapeHtml(body.replace(/<[^>]*>/g, " ").replace(/\s+/g, " "));
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
