import type { Edge } from "./edge.ts";
import type { NodeResponse } from "./node-message.ts";
import type { ResponseHeaders } from "./response.ts";

type HeaderValue = string | number | readonly string[];

/**
 * Completes the head of a response just before it is sent, however that comes about.
 *
 * @param mounted - what was mounted on its request
 */
export function beforeHead(response: NodeResponse, edge: Edge, mounted: object): void {
  if (response.headersSent) {
    // No verb has run yet, so no header is set. From now on none needs a cookie.
    edge.complete(mounted, new SetHeaders(response));
    return;
  }
  const { writeHead } = response;
  const completeHead: NodeResponse["writeHead"] = (status, ...args) => {
    response.writeHead = writeHead;
    if (response.headersSent) return writeHead.call(response, status, ...args);
    try {
      const message = typeof args[0] === "string" ? [args[0]] : [];
      // Node takes them from the last argument that is there.
      const given = args.findLast(isObject) ?? {};
      if (response.getHeaderNames().length === 0 && !Array.isArray(given)) {
        const headers = new GivenHeaders(given);
        edge.complete(mounted, headers);
        return writeHead.call(response, status, ...message, headers.given);
      }
      // Node refuses a list whose last name has no value.
      if (isOddList(given)) return writeHead.call(response, status, ...args);
      setAll(response, given);
      edge.complete(mounted, new SetHeaders(response));
      return writeHead.call(response, status, ...message);
    } catch (error) {
      // Node has refused a header. The head of the error page is still to come.
      response.writeHead = completeHead;
      throw error;
    }
  };
  response.writeHead = completeHead;
}

/** The headers that are given to `writeHead`. Where no others were set, Node need not set them to send them. */
class GivenHeaders implements ResponseHeaders {
  /** A copy, because frameworks may use theirs again. */
  readonly given: Record<string, HeaderValue> = {};
  /** The names as they were given, by the names in lower case. */
  readonly #spellings: Map<string, string> = new Map();

  constructor(given: object) {
    for (const name of Object.keys(given)) {
      const value = (given as Readonly<Record<string, HeaderValue | undefined>>)[name];
      if (value === undefined) continue;
      // Node sends a header twice that is given in two spellings.
      const present = this.#get(name.toLowerCase());
      this.#set(name, present === undefined ? value : [...texts(present), ...texts(value)]);
    }
  }

  get(name: string): string | null {
    const value = this.#get(name);
    return value === undefined ? null : texts(value).join(", ");
  }

  set(name: string, value: string): void {
    this.#set(name, value);
  }

  append(name: string, value: string): void {
    const present = this.#get(name);
    if (present === undefined) this.#set(name, value);
    else
      this.#set(
        name,
        name === "set-cookie" ? [...texts(present), value] : `${this.get(name)}, ${value}`,
      );
  }

  delete(name: string): void {
    delete this.given[this.#spellings.get(name) ?? name];
    this.#spellings.delete(name);
  }

  getSetCookie(): string[] {
    return texts(this.#get("set-cookie"));
  }

  keys(): Iterable<string> {
    return this.#spellings.keys();
  }

  #get(name: string): HeaderValue | undefined {
    const spelling = this.#spellings.get(name);
    return spelling === undefined ? undefined : this.given[spelling];
  }

  #set(name: string, value: HeaderValue): void {
    const key = name.toLowerCase();
    const spelling = this.#spellings.get(key) ?? name;
    this.#spellings.set(key, spelling);
    this.given[spelling] = value;
  }
}

/** The headers that were set on a response. */
class SetHeaders implements ResponseHeaders {
  readonly #response: NodeResponse;

  constructor(response: NodeResponse) {
    this.#response = response;
  }

  get(name: string): string | null {
    const value = this.#response.getHeader(name);
    return value === undefined ? null : texts(value).join(", ");
  }

  set(name: string, value: string): void {
    this.#response.setHeader(name, value);
  }

  append(name: string, value: string): void {
    const present = this.#response.getHeader(name);
    if (present === undefined) this.#response.setHeader(name, value);
    else if (name === "set-cookie") this.#response.setHeader(name, [...texts(present), value]);
    else this.#response.setHeader(name, `${this.get(name)}, ${value}`);
  }

  delete(name: string): void {
    this.#response.removeHeader(name);
  }

  getSetCookie(): string[] {
    return texts(this.#response.getHeader("set-cookie"));
  }

  keys(): string[] {
    return this.#response.getHeaderNames();
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Returns the lines of a header. */
function texts(value: HeaderValue | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...value] : [String(value)];
}

function isOddList(given: object): boolean {
  return Array.isArray(given) && !Array.isArray(given[0]) && given.length % 2 === 1;
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
