import { UsageError } from "../errors.ts";
import type { KeyCodec } from "../keys/key-codec.ts";
import type { RequestWithHeaders } from "../keys/request.ts";
import { IssuedSession } from "../session/issued-session.ts";
import { KeyedSession } from "../session/keyed-session.ts";
import { SessionHandle } from "../session/session-handle.ts";
import type { SessionKind } from "../session/session-kind.ts";
import type { Storage } from "../storage/storage.ts";
import { isPromise, type MaybePromise } from "../util/maybe-promise.ts";
import { callsNoNext, isConnectCall } from "./connect-call.ts";
import { type CookieJar, JarCarrier, NO_SET } from "./cookie-jar.ts";
import type { CookieResponses } from "./cookie-response.ts";
import type { Edge } from "./edge.ts";
import type { FromRequestOptions } from "./from-request.ts";
import { type NodeRequest, NodeRequestView } from "./node-message.ts";
import { dependOn, isResponse, markDependent, type ResponseHeaders } from "./response.ts";
import { hideParameter } from "./route-parameters.ts";

/** Options of {@link RequestSessions}. */
export interface RequestSessionsOptions<Key, Value, Req extends object, Args extends unknown[]> {
  readonly name: string;
  readonly storage: Storage<Value>;
  /** Takes the key from a request. */
  readonly keyFn: (request: Req, ...args: Args) => MaybePromise<unknown>;
  readonly keys: KeyCodec<Key>;
  /** Whether a write may start a session under a key that the request gave. */
  readonly mayCreate: boolean;
  /** The header that keys are read from, for `Vary`, if that is known. */
  readonly header: string | undefined;
  /** Given if this server issues the keys. Then `keyFn` is not called. */
  readonly cookies: CookieResponses<Req> | undefined;
}

/** Why no cookie can be sent once the head of the response has left. */
const TOO_LATE =
  "The head of the response left before this session got its key, so no cookie can be sent and nothing was stored. Await every write before you respond. If a body that streams is to write, start the session before.";

/** Why no cookie can be sent where there is no response at all. */
const NO_RESPONSE =
  "There is no response (it was opened with { response: false }, or at a WebSocket upgrade), so no cookie can be sent and nothing was stored. Start or rotate the session in a request that gets a response.";

/**
 * Opens the session of a request and completes its response. This file tells the whole way of a
 * request.
 */
export class RequestSessions<Key, Value, Write, Req extends object, Args extends unknown[]>
  implements Edge
{
  readonly names: readonly [string];
  readonly #options: RequestSessionsOptions<Key, Value, Req, Args>;
  /** The sessions that `fromRequest` has opened, which are no property of their request. */
  #opened: WeakMap<object, SessionHandle<unknown, Value, Write>> | undefined;
  #jars: JarCarrier | undefined;

  constructor(options: RequestSessionsOptions<Key, Value, Req, Args>) {
    this.#options = options;
    this.names = [options.name];
  }

  /** Sets the request property. */
  readonly middleware = async (request: Req, ...args: Args): Promise<void> => {
    if (isConnectCall(args)) {
      args[1](callsNoNext(this.#options.name));
      return;
    }
    const attaching = this.attach(request, args);
    if (attaching instanceof Promise) await attaching;
  };

  /**
   * Opens the session of a request, without setting anything on it.
   *
   * @param args - further arguments for `keyFn`; where it is a key source, which takes none, the
   * options
   */
  readonly fromRequest = async (
    request: Req,
    ...args: Args
  ): Promise<SessionHandle<unknown, Value, Write> | undefined> => {
    const { cookies, storage } = this.#options;
    const view = cookies === undefined ? request : viewOf(request);
    const session = await this.#open(request, args, view);
    if (session === undefined) return undefined;
    this.#opened ??= new WeakMap();
    this.#opened.set(request, session);
    const [options] = args as unknown[] as [FromRequestOptions?];
    const kind = SessionHandle.kindOf(storage, session);
    if (options?.response === false && kind instanceof IssuedSession)
      kind.closedBecause ??= NO_RESPONSE;
    return session;
  };

  /** Puts the middleware before a handler and `finalize` behind it. */
  readonly wrap = (handler: (request: Req, ...args: never[]) => unknown): WrappedFetch =>
    wrapHandler(this, handler);

  /** Returns the session that was opened on this request. */
  readonly of = (request: object): SessionHandle<unknown, Value, Write> | undefined => {
    const { name } = this.#options;
    if (typeof request === "object" && request !== null) {
      const session = this.#present(request);
      if (session !== undefined) return session;
      // Hono and Fastify hand out objects of their own, with the request that came as "raw". It
      // counts first: a program may have decorated Fastify's with a property of this name.
      const { raw } = request as { readonly raw?: unknown };
      if (typeof raw === "object" && raw !== null) {
        const mounted = this.#present(raw);
        if (mounted !== undefined || this.#isFree(raw)) return mounted;
      }
      // The middleware has run, and there is no session.
      if (this.#isFree(request)) return undefined;
    }
    throw new UsageError(
      `No middleware of the session "${name}" has run on this request. In front of this handler, mount "wrap", "middleware", or the adapter: expressSession, fastifySession or honoSession.`,
    );
  };

  /** Opens the session of a cookie jar. */
  readonly open = (jar: CookieJar): SessionHandle<unknown, Value, Write> => {
    const { cookies, name, storage } = this.#options;
    if (cookies === undefined) {
      throw new UsageError(
        `The session "${name}" is not kept by cookie, so no cookie jar can open it. Use keyFn: cookieKey().`,
      );
    }
    if (typeof jar?.get !== "function") {
      throw new UsageError(
        `"open" of the session "${name}" takes an object with "get" and "set". Is an "await" missing, as in open(await cookies())?`,
      );
    }
    this.#jars ??= new JarCarrier(cookies);
    const session = new IssuedSession(storage, this.#jars, jar);
    if (typeof jar.set !== "function") {
      session.isReadOnly = true;
      session.closedBecause = NO_SET;
    }
    return new SessionHandle(session);
  };

  mount(
    request: object,
    view: RequestWithHeaders,
    args: unknown[],
  ): MaybePromise<SessionHandle<unknown, Value, Write> | undefined> {
    const { cookies, name, storage } = this.#options;
    if (Object.hasOwn(request, name) && this.#isFree(request)) return undefined;
    // An adapter takes definitions whose `keyFn` is content with such a request.
    const source = view as Req;
    const opening =
      cookies === undefined
        ? this.#openByKey(source, args as Args)
        : new SessionHandle(new IssuedSession(storage, cookies.attached, source));
    if (opening instanceof Promise) return opening.then((session) => this.#set(request, session));
    return this.#set(request, opening);
  }

  hasCookie(handle: object): boolean {
    const session = SessionHandle.kindOf(this.#options.storage, handle);
    return session instanceof IssuedSession && session.cookie !== undefined;
  }

  complete(handle: object, headers: ResponseHeaders | undefined): void {
    const { cookies, header, storage } = this.#options;
    const session = SessionHandle.kindOf(storage, handle);
    if (cookies !== undefined && session instanceof IssuedSession) {
      session.closedBecause = headers === undefined ? NO_RESPONSE : TOO_LATE;
      if (headers !== undefined && session.cookie !== undefined) {
        cookies.put(headers, session.cookie);
        return;
      }
    }
    if (headers !== undefined && session?.isUsed) dependOn(headers, header, session.wasLive);
  }

  /** Adds the cookie and the headers for caches to a response. */
  readonly finalize = <Given>(response: Given, request: Req): Given => {
    const session = this.#find(request);
    if (session === undefined) return response;
    const { cookies, header } = this.#options;
    if (cookies !== undefined && session instanceof IssuedSession) {
      cookies.hasFinalized = true;
      session.closedBecause = TOO_LATE;
      if (session.cookie !== undefined) {
        // Not `request`: a router may pass a proxy, and `updated` knows the original.
        return cookies.finalize(response, session.source as Req, session.cookie);
      }
    }
    return session.isUsed ? markDependent(response, header, session.wasLive) : response;
  };

  /**
   * Sets the request property. It is a property of the request itself, because routers hand out
   * proxies of the request that a `WeakMap` would not know; and a missing session is `undefined`,
   * never `null`, which itty-router 6.0.0 cannot read.
   */
  attach(request: Req, args: Args): MaybePromise<void> {
    const opening = this.#open(request, args, request);
    if (opening instanceof Promise) return opening.then((session) => this.#show(request, session));
    this.#show(request, opening);
  }

  #show(request: Req, session: SessionHandle<unknown, Value, Write> | undefined): void {
    this.#set(request, session);
    if (session === undefined) hideParameter(request, this.#options.name);
  }

  #set<Handle extends SessionHandle<unknown, Value, Write> | undefined>(
    request: object,
    session: Handle,
  ): Handle {
    const { name } = this.#options;
    if (name in request && !this.#isFree(request)) {
      throw new UsageError(
        `Something else has set "${name}" on the request. Give this definition another name.`,
      );
    }
    try {
      (request as Record<string, unknown>)[name] = session;
    } catch {
      throw new UsageError(
        `The property "${name}" cannot be set on this request. Use ${name}.fromRequest(request).`,
      );
    }
    return session;
  }

  /**
   * Returns whether this definition has set the property, or a middleware found no session.
   */
  #isFree(request: object): boolean {
    const { name, storage } = this.#options;
    if (!Object.hasOwn(request, name)) return false;
    const present = readProperty(request, name);
    return present === undefined || SessionHandle.kindOf(storage, present) !== undefined;
  }

  /** @param view - the request, as key sources read it */
  #open(
    request: Req,
    args: Args,
    view: Req,
  ): MaybePromise<SessionHandle<unknown, Value, Write> | undefined> {
    const { cookies, storage } = this.#options;
    if (cookies === undefined) return this.#openByKey(request, args);
    return this.#present(request) ?? new SessionHandle(new IssuedSession(storage, cookies, view));
  }

  #openByKey(
    request: Req,
    args: Args,
  ): MaybePromise<SessionHandle<unknown, Value, Write> | undefined> {
    const { keyFn } = this.#options;
    const giving = keyFn(request, ...args);
    if (!isPromise(giving)) return this.#openKeyed(request, giving);
    return Promise.resolve(giving).then((given) => this.#openKeyed(request, given));
  }

  #openKeyed(
    request: Req,
    given: unknown,
  ): MaybePromise<SessionHandle<unknown, Value, Write> | undefined> {
    const { keys, mayCreate, storage } = this.#options;
    if (given === null || given === undefined) return undefined;
    const parsing = keys.parseOfRequest(given);
    const open = (parsed: Awaited<typeof parsing>): SessionHandle<unknown, Value, Write> => {
      // The same session again, so that `finalize` knows of every use.
      const present = this.#present(request);
      const kind = SessionHandle.kindOf(storage, present);
      if (kind instanceof KeyedSession && kind.driverKey === parsed.driverKey)
        return present as SessionHandle<unknown, Value, Write>;
      return new SessionHandle(
        new KeyedSession(storage, () => parsed, { mayCreate, isIssued: false }),
      ) as SessionHandle<unknown, Value, Write>;
    };
    return parsing instanceof Promise ? parsing.then(open) : open(parsing);
  }

  /** Returns the session that is already open on this request. */
  #present(request: object): SessionHandle<unknown, Value, Write> | undefined {
    const { name, storage } = this.#options;
    const property = readProperty(request, name);
    return property !== undefined && SessionHandle.kindOf(storage, property) !== undefined
      ? (property as SessionHandle<unknown, Value, Write>)
      : this.#opened?.get(request);
  }

  #find(request: Req): SessionKind<unknown, unknown> | undefined {
    return SessionHandle.kindOf(this.#options.storage, this.#present(request));
  }
}

/** Returns a request as key sources read it. Node hands one of its own to whoever takes an upgrade. */
function viewOf<Req extends object>(request: Req): Req {
  const { headers } = request as { readonly headers?: { readonly get?: unknown } };
  if (typeof headers?.get === "function") return request;
  return new NodeRequestView(request as unknown as NodeRequest) as unknown as Req;
}

/** Reads a property. Not by `Reflect.get`, because engines optimise only this form. */
function readProperty(request: object, name: string): unknown {
  return (request as Readonly<Record<string, unknown>>)[name];
}

/** A fetch-style handler whose requests have sessions. */
export type WrappedFetch = (request: object, ...args: unknown[]) => Promise<unknown>;

/** Opens the sessions of a request before a handler, and completes the response behind it. */
export function wrapHandler(
  edge: Edge,
  handler: (request: never, ...args: never[]) => unknown,
): WrappedFetch {
  return async (request, ...args) => {
    const attaching = edge.attach(request, args);
    if (attaching instanceof Promise) await attaching;
    try {
      return edge.finalize(await handler(request as never, ...(args as never[])), request);
    } catch (error) {
      // Some frameworks throw responses. Any other error becomes a page further out, which can be
      // finalized there.
      throw isResponse(error) ? edge.finalize(error, request) : error;
    }
  };
}
