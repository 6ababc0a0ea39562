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
  const { writeHead } = response;
  response.writeHead = (status, ...args) => {
    response.writeHead = writeHead;
    if (response.headersSent) return writeHead.call(response, status, ...args);
    const message = typeof args[0] === "string" ? [args[0]] : [];
    const last = args.at(-1);
    const given = typeof last === "object" && last !== null ? last : {};
    if (response.getHeaderNames().length === 0 && !Array.isArray(given)) {
      const headers = new GivenHeaders(given);
      edge.complete(mounted, headers);
      return writeHead.call(response, status, ...message, headers.given);
    }
    setAll(response, given);
    edge.complete(mounted, new SetHeaders(response));
    return writeHead.call(response, status, ...message);
  };
}

/** The headers that are given to `writeHead`. Where no others were set, Node need not set them to send them. */
class GivenHeaders implements ResponseHeaders {
  /** A copy, because frameworks may use theirs again. */
  readonly given: Record<string, HeaderValue> = {};

  constructor(given: object) {
    for (const name of Object.keys(given)) {
      const value = (given as Readonly<Record<string, HeaderValue | undefined>>)[name];
      if (value !== undefined) this.given[name] = value;
    }
  }

  get(name: string): string | null {
    const value = this.given[this.#spelling(name)];
    return value === undefined ? null : texts(value).join(", ");
  }

  set(name: string, value: string): void {
    this.given[this.#spelling(name)] = value;
  }

  append(name: string, value: string): void {
    const spelling = this.#spelling(name);
    const present = this.given[spelling];
    if (present === undefined) this.given[spelling] = value;
    else if (name === "set-cookie") this.given[spelling] = [...texts(present), value];
    else this.given[spelling] = `${this.get(name)}, ${value}`;
  }

  delete(name: string): void {
    delete this.given[this.#spelling(name)];
  }

  getSetCookie(): string[] {
    return texts(this.given[this.#spelling("set-cookie")]);
  }

  keys(): string[] {
    return Object.keys(this.given).map((name) => name.toLowerCase());
  }

  /** Returns a name as it was given. */
  #spelling(name: string): string {
    if (this.given[name] !== undefined) return name;
    for (const given in this.given)
      if (given.length === name.length && given.toLowerCase() === name) return given;
    return name;
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

/** Returns the lines of a header. */
function texts(value: HeaderValue | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === "object" ? [...value] : [String(value)];
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
