import { UsageError } from "../errors.ts";
import type { TokenTransport } from "../keys/key-source.ts";
import type { Carrier, CookieUpdate } from "../session/carrier.ts";
import type { Storage } from "../storage/storage.ts";
import { unref } from "../util/timer.ts";
import {
  addVary,
  forbidStoring,
  isResponse,
  type ResponseHeaders,
  withHeaders,
} from "./response.ts";

/** After how many milliseconds a missing response with a cookie is reported. */
const FINALIZE_WARNING_MS = 10_000;

/** The highest `Max-Age` that browsers accept, in seconds: 400 days (RFC 6265bis section 5.5). */
const MAX_AGE = 34_560_000;

/** Options of {@link CookieResponses}. */
export interface CookieResponsesOptions<Req> {
  readonly name: string;
  readonly storage: Storage<unknown>;
  /** What driver keys begin with. */
  readonly keyPrefix: string;
  readonly transport: TokenTransport<Req>;
  /** Whether the definition asked for its lifetime, so that cookies outlive the browser. */
  readonly isLifetimeChosen: boolean;
}

/** Reads the tokens of one definition from requests, and sends them with their responses. */
export class CookieResponses<Req extends object> implements Carrier<Req> {
  readonly keyPrefix: string;
  readonly transport: TokenTransport<Req>;
  readonly renewsCookie: boolean;
  /** The same for adapters, which complete every response. It needs no timer. */
  readonly attached: Carrier<Req>;
  /** Whether a response was ever finalized. */
  hasFinalized = false;
  readonly #options: CookieResponsesOptions<Req>;
  /** Whether the cookie outlives the browser. */
  readonly #isPersistent: boolean;
  /** Requests whose response needs a cookie, with the timers that report a missing response. */
  readonly #expected = new WeakMap<Req, ReturnType<typeof setTimeout>>();
  #hasWarned = false;

  constructor(options: CookieResponsesOptions<Req>) {
    const { isLifetimeChosen, keyPrefix, storage, transport } = options;
    this.#options = options;
    this.#isPersistent = transport.persistent ?? (isLifetimeChosen && storage.lifetime.limited);
    this.keyPrefix = keyPrefix;
    this.transport = transport;
    this.renewsCookie = this.#isPersistent && storage.lifetime.endsByIdlenessAlone;
    const { renewsCookie } = this;
    this.attached = { keyPrefix, renewsCookie, transport, updated: () => undefined };
  }

  /**
   * Starts to wait for a response with the cookie. It is reported if none comes: a forgotten
   * response stage would lose every session in silence.
   */
  updated(request: Req, cookie: CookieUpdate | undefined): void {
    const timer = this.#expected.get(request);
    if (cookie === undefined) {
      clearTimeout(timer);
      this.#expected.delete(request);
    } else if (timer === undefined) {
      this.#expected.set(
        request,
        unref(setTimeout(() => this.#reportMissing(), FINALIZE_WARNING_MS)),
      );
    }
  }

  /**
   * Returns the response with the cookie.
   *
   * @throws UsageError if it is no `Response`
   */
  finalize<Given>(response: Given, request: Req, cookie: CookieUpdate): Given {
    const { name } = this.#options;
    clearTimeout(this.#expected.get(request));
    if (!isResponse(response)) {
      throw new UsageError(
        `"finalize" of the session "${name}" was given no Response to put a cookie on. Put it behind what makes the Response: finally: [json, ${name}.finalize].`,
      );
    }
    return withHeaders(response, (headers) => this.put(headers, cookie)) as Given;
  }

  /** Adds the cookie, and what it means for caches, to the headers of a response. */
  put(headers: ResponseHeaders, cookie: CookieUpdate): void {
    const { transport } = this;
    const line =
      cookie === "clear"
        ? transport.setCookie("", 0)
        : transport.setCookie(cookie.token, this.maxAge(cookie.createdAt));
    forbidStoring(headers);
    addVary(headers, transport.header);
    replaceCookie(headers, transport.cookieName, line);
  }

  #reportMissing(): void {
    const { name, storage } = this.#options;
    storage.events.emit({ type: "unfinalized" });
    if (this.hasFinalized || this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn(
      `zession: a request changed its session "${name}", but no response was finalized, so the client was sent no cookie. Add finalize to the router (finally: [${name}.finalize]) or wrap the handler (${name}.wrap(handler)).`,
    );
  }

  /**
   * Returns how many seconds the client should keep the cookie; `undefined` means until the browser
   * is closed. Rounded down, so that no cookie outlives its session.
   */
  maxAge(createdAt: number): number | undefined {
    if (!this.#isPersistent) return undefined;
    const { lifetime } = this.#options.storage;
    const age = lifetime.cookieAge(createdAt, lifetime.now());
    if (age === undefined) return MAX_AGE;
    // Zero would tell the client to forget a session that is still there.
    return Math.max(1, Math.min(MAX_AGE, Math.floor(age / 1000)));
  }
}

/**
 * Sets a cookie and removes any other of its name, because a response must not have two (RFC
 * 6265bis section 4.1.1).
 */
function replaceCookie(headers: ResponseHeaders, name: string, line: string): void {
  const others = headers.getSetCookie();
  const kept = others.filter((it) => it.slice(0, it.search(/\s*[=;]/)).trimStart() !== name);
  if (kept.length < others.length) {
    headers.delete("set-cookie");
    for (const it of kept) headers.append("set-cookie", it);
  }
  headers.append("set-cookie", line);
}
