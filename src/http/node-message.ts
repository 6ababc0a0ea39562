import type { RequestWithHeaders } from "../keys/request.ts";
import type { ResponseHeaders } from "./response.ts";

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

/** Node's request, as key sources read it. */
export class NodeRequestView implements RequestWithHeaders {
  readonly headers: { get(name: string): string | null };
  readonly method: string | undefined;
  readonly #request: NodeRequest;

  constructor(request: NodeRequest) {
    this.#request = request;
    this.method = request.method;
    this.headers = {
      get: (name) => {
        const value = request.headers[name.toLowerCase()];
        return typeof value === "string" ? value : (value?.join(", ") ?? null);
      },
    };
  }

  /** The whole URL. Express cuts the path that a router is mounted on off `url`, and keeps it in `originalUrl`. */
  get url(): string {
    const { headers, url } = this.#request;
    const { originalUrl, socket } = this.#request as {
      readonly originalUrl?: string;
      readonly socket?: { readonly encrypted?: boolean };
    };
    const scheme = socket?.encrypted ? "https" : "http";
    const host = headers["host"] ?? headers[":authority"] ?? "localhost";
    return `${scheme}://${host}${originalUrl ?? url ?? "/"}`;
  }
}

/** The headers of Node's response, as far as they were set. */
class NodeResponseHeaders implements ResponseHeaders {
  readonly #response: NodeResponse;

  constructor(response: NodeResponse) {
    this.#response = response;
  }

  get(name: string): string | null {
    const value = this.#response.getHeader(name);
    if (value === undefined) return null;
    return typeof value === "object" ? value.join(", ") : String(value);
  }

  set(name: string, value: string): void {
    this.#response.setHeader(name, value);
  }

  append(name: string, value: string): void {
    const present = this.#response.getHeader(name);
    if (name.toLowerCase() === "set-cookie")
      this.#response.setHeader(name, [...this.getSetCookie(), value]);
    else
      this.#response.setHeader(name, present === undefined ? value : `${this.get(name)}, ${value}`);
  }

  delete(name: string): void {
    this.#response.removeHeader(name);
  }

  getSetCookie(): string[] {
    const value = this.#response.getHeader("set-cookie") ?? [];
    return typeof value === "object" ? [...value] : [String(value)];
  }

  keys(): string[] {
    return this.#response.getHeaderNames();
  }
}

/** Calls a function with the headers of a response just before its head is sent, however that comes about. */
export function beforeHead(
  response: NodeResponse,
  complete: (headers: ResponseHeaders) => void,
): void {
  const { writeHead } = response;
  response.writeHead = (status, ...args) => {
    response.writeHead = writeHead;
    if (response.headersSent) return writeHead.call(response, status, ...args);
    const given = args.at(-1);
    if (typeof given === "object" && given !== null) setAll(response, given);
    complete(new NodeResponseHeaders(response));
    const message = typeof args[0] === "string" ? [args[0]] : [];
    return writeHead.call(response, status, ...message);
  };
}

/**
 * Sets headers that were given to `writeHead`, as it would itself: an object, or a list of names and values in turn. They
 * replace those of the same name.
 */
function setAll(response: NodeResponse, given: object): void {
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  const pairs: unknown[][] = Array.isArray(given[0])
    ? given
    : Array.from({ length: given.length / 2 }, (_, index) => given.slice(2 * index, 2 * index + 2));
  for (const [name] of pairs) response.removeHeader(String(name));
  for (const [name, value] of pairs) {
    const header = String(name);
    const present = response.getHeader(header);
    const values = [present ?? [], value].flat().map(String);
    response.setHeader(header, values.length === 1 ? (values[0] as string) : values);
  }
}
