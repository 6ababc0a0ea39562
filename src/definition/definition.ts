/// <reference lib="esnext.disposable" preserve="true" />
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Driver } from "../drivers/driver.ts";
import type { SessionEvent } from "../events.ts";
import type { CookieJar } from "../http/cookie-jar.ts";
import type { types } from "../http/edge.ts";
import type { FromRequest } from "../http/from-request.ts";
import type { KeyFnResult, Presence } from "../keys/key-input.ts";
import type { IssuedKey } from "../keys/key-source.ts";
import type { FittingKeyFn, KeyableSchema } from "../keys/keyable-schema.ts";
import type { ValueSchema } from "../schema/value-schema.ts";
import type { FieldName } from "../session/privileged-session.ts";
import type { RequestSession, SessionFor, StoreFor } from "../session/session-for.ts";
import type { CheckedDuration, Duration, LifetimeOptions } from "../storage/lifetime-options.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { FittingHandler, FreeRequest, HandlerRequest } from "./handler.ts";
import type { SessionTypes } from "./infer.ts";
import type { SessionName } from "./session-name.ts";

/** Options of `defineSession`. */
export interface SessionOptions<
  KeySchema extends StandardSchemaV1,
  Schema extends StandardSchemaV1,
  Result extends KeyFnResult<KeySchema>,
  Req extends object,
  Args extends unknown[],
  Name extends string,
  Atomic extends boolean,
  Privileged extends string,
  Idle extends number | string = Duration,
  Absolute extends number | string = Duration,
  Timeout extends number | string = Duration,
> {
  /**
   * The request property that holds the session, and the namespace of its keys: definitions that
   * share a driver need different names. Default `"session"`.
   */
  readonly name?: SessionName<Name, Req> | undefined;
  /**
   * Describes what selects a session: any Standard Schema (zod, valibot, arktype …). Leave it out
   * where the server issues the keys (`cookieKey()`).
   */
  readonly key?: KeyableSchema<KeySchema>;
  /** Describes the one value kept under a key: any Standard Schema that accepts its own output. */
  readonly value: ValueSchema<Schema>;
  /**
   * Returns the key of a request, or a promise of it. A key source such as `cookieKey()` issues
   * keys too.
   *
   * `null` and `undefined` mean that the request has no session. The key schema validates every
   * other result. An empty text is refused, because all clients that send none would share one
   * session. The function also receives the further arguments that the handler gets. If it throws,
   * the error is passed on.
   */
  readonly keyFn: ((request: Req, ...args: Args) => MaybePromise<Result>) &
    FittingKeyFn<Result, KeySchema>;
  /**
   * The fields of the value that grant something, such as `["user", "roles"]`. Only
   * `rotate(initial, update)` writes them, and it gives the session a new key, so that nobody who
   * knew the old key gets what they grant (session fixation). Elsewhere they are read-only, and a
   * verb that would change them rejects with `UsageError`. For sessions by cookie.
   */
  readonly privileged?:
    | PrivilegedOption<Result, Privileged, StandardSchemaV1.InferOutput<Schema>>
    | undefined;
  /** The driver that keeps the records. Default: `memoryDriver()`, the memory of this process. */
  readonly driver?: Driver<Atomic> | undefined;
  /**
   * When sessions end by themselves. Default: never. Where the server issues the keys
   * (`cookieKey()`), the default is after 14 days without use. `false` means never.
   */
  readonly lifetime?:
    | LifetimeOptions<CheckedDuration<Idle>, CheckedDuration<Absolute>>
    | false
    | undefined;
  /**
   * What to do with a stored record that cannot be read or no longer fits the schema. `"throw"`
   * rejects with `InvalidRecordError`. `"discard"` treats the record as absent. Default `"throw"`.
   */
  readonly onInvalid?: "throw" | "discard" | undefined;
  /** The size limit of a record, in bytes of UTF-8: 64 or more. Default 1,048,576 (1 MiB). */
  readonly maxBytes?: number | undefined;
  /**
   * How long a verb may take, 24 days at most. Driver calls, retries and waiting count together;
   * your own functions do not count. A verb that takes longer rejects with `UnavailableError`, or
   * with `ConflictError` if it lost to other writers. Default `"5s"`.
   */
  readonly timeout?: CheckedDuration<Timeout> | undefined;
  /**
   * Receives an event for each change of a session's life and for everything suspicious. Use it for
   * logs and metrics. Nobody waits for it, and its errors are ignored.
   */
  readonly onEvent?: ((event: SessionEvent<NoInfer<Name>>) => unknown) | undefined;
  /**
   * Returns the time in milliseconds since 1970. Lifetimes are judged by it. Default `Date.now`.
   */
  readonly clock?: (() => number) | undefined;
}

/**
 * Names of fields of the value. A sentence where the value has no fields, or the session is not kept
 * by cookie.
 */
type PrivilegedOption<Result, Privileged, Value> = [Result] extends [IssuedKey]
  ? [FieldName<Value>] extends [never]
    ? "only a value that is an object can have privileged fields"
    : [Privileged] extends [never]
      ? readonly FieldName<Value>[]
      : readonly (Privileged extends FieldName<Value> ? Privileged : FieldName<Value>)[]
  : "only a session kept by cookie can have privileged fields: keyFn: cookieKey()";

/**
 * `open` of a definition: a function where this server issues the keys, and a sentence elsewhere.
 */
export type OpenJar<Has extends Presence, Handle> = Has extends "issued" | object
  ? <Given>(jar: CookieJar<Given>) => Handle
  : NotByCookie<"only a session kept by cookie can be opened by a cookie jar: keyFn: cookieKey()">;

/** What stands where `open` would be if the session is not kept by cookie. */
export interface NotByCookie<Message extends string> {
  /** What is wrong, and what to do. */
  readonly error: Message;
}

/**
 * Sets the request property. It takes a request without the property. Routers infer from its type
 * that later handlers get the property, beside what earlier middlewares have set.
 *
 * @typeParam Before - the request that `keyFn` takes
 * @typeParam Added - the property
 * @typeParam Args - the further arguments that `keyFn` takes
 */
export type SessionMiddleware<Before extends object, Added, Args extends unknown[]> = <
  Req extends Before,
  Result extends Promise<void> = Promise<void>,
>(
  // While a router infers its request, `Result` is not known. When the middleware is then checked
  // against the router's handlers, which return `any`, what another one adds must not be required.
  request: 0 extends 1 & Result ? Req : Mounted<Req, Before, Added>,
  ...args: Args
) => Result;

/**
 * The request that a middleware takes. A router whose requests have `params` infers from it what
 * the next handler gets. Of a request on which every name is allowed, only the known parts are kept, so
 * that a misspelt property does not pass.
 */
export type Mounted<Req, Before, Added> = string extends keyof Req
  ? Before & Pick<Req, RouterProperty & keyof Req> & Added
  : "params" extends keyof Req
    ? Req & Added
    : Req;

/** What itty-router sets on a request. */
type RouterProperty = "params" | "query" | "route" | "proxy";

/**
 * What `defineSession` returns. Its members do not depend on `this`, so you can destructure it.
 *
 * @typeParam Name - the request property
 * @typeParam Has - whether a request has a session: `"always"`, `"optional"`, or `"issued"` by its
 * first write, perhaps with privileged fields
 * @typeParam Atomic - whether the driver has compare-and-set; `swap`, `upsert`, `update` and `take`
 * need it
 * @typeParam Key - what selects a session
 * @typeParam Value - the value, as verbs return it
 * @typeParam Write - what you may write besides a value: an input that the schema turns into one;
 * `never` if there is no other
 * @typeParam KeyInput - what the key schema accepts as a key
 * @typeParam Req - the request that `keyFn` takes
 * @typeParam Args - the further arguments that `keyFn` takes
 */
export interface SessionDefinition<
  // The short ones first: an editor that shows the type cuts off its end.
  Name extends string,
  Has extends Presence,
  Atomic extends boolean,
  Key,
  Value,
  Write,
  KeyInput,
  Req extends object,
  Args extends unknown[],
> extends AsyncDisposable {
  /** The request property and key namespace. */
  readonly name: Name;

  /**
   * Sets the request property. Use it in itty-router's `before` or on a route, and in every router
   * that passes one request object from handler to handler. It never calls the driver.
   *
   * @throws InvalidKeyError if the key does not fit its schema
   * @throws UsageError if something else has already set the property
   */
  readonly middleware: SessionMiddleware<
    Req,
    Record<Name, RequestSession<Has, Atomic, Key, Value, Write>>,
    Args
  >;

  /**
   * Completes the response: sets the session's cookie if it has changed, and the headers that keep
   * caches from serving one client's response to another. Put it last in itty-router's `finally`.
   * `wrap` calls it for you.
   *
   * After it, also while a body streams, a write that would start or rotate the session rejects with
   * `UsageError`. To reserve the cookie, start the session before you return the response. Read it
   * there too: a first read later adds no `Vary` and no `Cache-Control`.
   *
   * @returns the response, or a copy with further headers; anything but a `Response` as it is
   * @throws UsageError if a cookie has to be sent and there is no `Response`
   */
  readonly finalize: {
    <Result>(response: Result, request: Req): Result;
    /** Routers infer their requests from the last signature: from this one they keep their own. */
    (response: "finalize takes the request too: finalize(response, request)"): never;
  };

  /**
   * Runs the middleware before a fetch-style handler, and `finalize` after it. The handler may take
   * further arguments, such as the `env` and `ctx` of Workers; `keyFn` gets them too. Calls nest:
   * `visits.wrap(carts.wrap(handler))`.
   *
   * If the handler throws, the error is passed on, and all writes of its verbs remain. If a verb
   * has started or moved a session, only the cookie leads to that session. So call `finalize` on
   * your error page with the same request.
   *
   * A body that streams may use a session that was started before the handler returned:
   *
   * @example
   * ```ts
   * // Starts the session if there is none, so that its cookie leaves with the head.
   * await request.visits.upsert(0, (count) => count);
   * return new Response(stream);
   * ```
   */
  readonly wrap: <
    HandlerReq = Req,
    HandlerArgs extends [...Args, ...unknown[]] = [...Args, ...unknown[]],
    Result = unknown,
  >(
    handler: ((
      request: HandlerRequest<
        HandlerReq,
        Req,
        Name,
        RequestSession<Has, Atomic, Key, Value, Write>
      >,
      ...args: HandlerArgs
    ) => Result) &
      FittingHandler<HandlerReq, Name, RequestSession<Has, Atomic, Key, Value, Write>>,
  ) => (
    request: FreeRequest<HandlerReq & Req, Name>,
    ...args: HandlerArgs
  ) => Promise<Awaited<Result>>;

  /**
   * Returns the session of a request, and sets nothing on the request. `finalize` knows this
   * session too.
   *
   * Where the server issues the keys (`cookieKey()`), it also takes Node's request, and options. Say
   * `{ response: false }` where no response goes through `finalize`: at a WebSocket upgrade, or in a
   * stream whose head has left. Then nothing warns. Reads, updates and `remove` work, but the cookie
   * of a removed session stays with the browser. What would need a new cookie, a first write or
   * `rotate`, rejects with `UsageError` and stores nothing. Elsewhere the further arguments are those
   * of `keyFn`, and there is nothing to say, because no cookie is sent.
   *
   * @throws InvalidKeyError if the key does not fit its schema
   * @example
   * ```ts
   * server.on("upgrade", async (request, socket, head) => {
   *   const session = await users.fromRequest(request, { response: false });
   * });
   * ```
   */
  readonly fromRequest: FromRequest<
    Has,
    Req,
    Args,
    Promise<RequestSession<Has, Atomic, Key, Value, Write>>
  >;

  /**
   * Returns the session that a middleware has opened on this request. Takes the request of any
   * router: a `Request`, Express's and Node's `req`, Fastify's `request`, Hono's `c.req`.
   *
   * Throws `UsageError` if no middleware of this definition has run on it.
   */
  readonly of: (request: object) => RequestSession<Has, Atomic, Key, Value, Write>;

  /**
   * Opens the session of a cookie jar, for frameworks in which cookies are got and set: Next.js,
   * SvelteKit, Astro, Nuxt. Its cookie is set at the moment when a verb has succeeded. Where
   * setting it throws, the verb rejects with `UsageError`, and the session that no client could
   * open is ended.
   *
   * A jar without `set` is read-only: reads leave the idle clock alone, and a write that needs a
   * cookie rejects with `UsageError`. A jar knows no origin, so the framework has to refuse forged
   * requests, as these do.
   *
   * @example
   * ```ts
   * const session = carts.open(await cookies());
   * ```
   */
  readonly open: OpenJar<Has, RequestSession<Has, Atomic, Key, Value, Write>>;

  /**
   * Returns the session of a key, outside of requests. If the key does not fit its schema, the
   * verbs reject. Where the server issues the keys (`cookieKey()`), it reaches existing sessions
   * only: a write that would start a session rejects with `SessionEndedError`.
   */
  readonly session: (key: KeyInput) => SessionFor<Has, Atomic, Key, Value, Write>;

  /** The verbs with the key as their first argument, for use outside of requests. */
  readonly store: StoreFor<Has, Atomic, KeyInput, Value, Write>;

  /**
   * Closes the definition: every later verb rejects with `UnavailableError`. Other definitions on
   * the same driver stay open. When the last of them closes, the driver closes too and releases its
   * connections and files. Clients and pools that you passed to a driver stay open.
   */
  readonly close: () => Promise<void>;

  /** Types only; never there at run time. */
  readonly [types]: SessionTypes<
    Key,
    Value,
    NonNullable<RequestSession<Has, Atomic, Key, Value, Write>>,
    SessionFor<Has, Atomic, Key, Value, Write>,
    Has,
    (request: Req, ...args: Args) => Record<Name, RequestSession<Has, Atomic, Key, Value, Write>>
  >;
}
