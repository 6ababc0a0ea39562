import type { RequestWithHeaders } from "../keys/request.ts";

/** What is used of `IncomingMessage`: Node's request, over HTTP/1 or HTTP/2. */
export interface NodeRequest {
  /** Its method. */
  readonly method?: string | undefined;
  /** Its path and query. */
  readonly url?: string | undefined;
  /** Its headers, by their names in lower case. */
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** What is used of `ServerResponse`: Node's response, over HTTP/1 or HTTP/2. */
export interface NodeResponse {
  /** Whether the head has left. */
  readonly headersSent: boolean;
  /** Returns a header that was set. */
  getHeader(name: string): string | number | readonly string[] | undefined;
  /** Sets a header. */
  setHeader(name: string, value: string | readonly string[]): unknown;
  /** Takes a header away. */
  removeHeader(name: string): void;
  /** Returns the names of the headers that were set. */
  getHeaderNames(): string[];
  /** Sends the head. Called by Node itself before the first byte of a body, if nobody called it before. */
  writeHead(status: number, ...args: unknown[]): unknown;
}

/** Node's request, as key sources read it. It is its own `headers`: one object a request less. */
export class NodeRequestView implements RequestWithHeaders {
  readonly method: string | undefined;
  readonly #request: NodeRequest;

  constructor(request: NodeRequest) {
    this.#request = request;
    this.method = request.method;
  }

  /** Node's request itself, of which there may be several views. */
  get raw(): object {
    return this.#request;
  }

  get headers(): { get(name: string): string | null } {
    return this;
  }

  get(name: string): string | null {
    const value = this.#request.headers[name.toLowerCase()];
    return typeof value === "string" ? value : (value?.join(", ") ?? null);
  }

  /**
   * The whole URL. Express cuts the path that a router is mounted on off `url`, and keeps it in
   * `originalUrl`. A client may send more than a path: a whole URL, or `*` (RFC 9112 section 3.2).
   */
  get url(): string {
    const { headers, url } = this.#request;
    const { originalUrl, socket } = this.#request as {
      readonly originalUrl?: string;
      readonly socket?: { readonly encrypted?: boolean };
    };
    const scheme = socket?.encrypted ? "https" : "http";
    const host = headers["host"] ?? headers[":authority"] ?? "localhost";
    const target = originalUrl ?? url ?? "/";
    if (target.startsWith("/")) return `${scheme}://${host}${target}`;
    return URL.canParse(target) ? target : `${scheme}://${host}/${target}`;
  }
}
