/// <reference lib="esnext.disposable" preserve="true" />
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Driver } from "../drivers/driver.ts";
import type { SessionEvent } from "../events.ts";
import type { KeyFnResult, Presence } from "../keys/key-input.ts";
import type { ValueSchema } from "../schema/value-schema.ts";
import type { RequestSession, SessionFor } from "../session/session.ts";
import type { StoreFor } from "../session/store.ts";
import type { Duration, LifetimeOptions } from "../storage/lifetime-options.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { SessionTypes } from "./infer.ts";

/** What `defineSession` is told. */
export interface SessionOptions<
  KeySchema extends StandardSchemaV1,
  Schema extends StandardSchemaV1,
  Result extends KeyFnResult<KeySchema>,
  Req extends object,
  Args extends unknown[],
  Name extends string,
  Atomic extends boolean,
> {
  /**
   * The request property that holds the session, and the namespace of its keys: definitions that share a driver need
   * different names. Default `"session"`.
   */
  readonly name?: Name | undefined;
  /**
   * Describes what selects a session: any Standard Schema (zod, valibot, arktype …). Leave it out where the server issues the
   * keys (`cookieKey()`).
   */
  readonly key?: KeySchema;
  /** Describes the one value kept under a key: any Standard Schema that accepts its own output. */
  readonly value: ValueSchema<Schema>;
  /**
   * Takes the key from a request, at once or with a promise; or a key source, such as `cookieKey()`, which issues keys too.
   * `null` or `undefined` means that the request has no session; everything else is validated by the key schema, and an
   * empty text is refused, because all who send none would share it. Gets whatever further arguments the handler gets. What
   * it throws is passed on.
   */
  readonly keyFn: (request: Req, ...args: Args) => MaybePromise<Result>;
  /** Where records are kept. Default: `memoryDriver()`, this process's memory. */
  readonly driver?: Driver<Atomic> | undefined;
  /**
   * When sessions end by themselves. Default: never; but where the server issues the keys (`cookieKey()`), after 14 days
   * without use. `false`: never, on purpose.
   */
  readonly lifetime?: LifetimeOptions | false | undefined;
  /**
   * What becomes of a stored record that can no longer be read or no longer fits the schema: `"throw"` rejects with
   * `InvalidRecordError`, `"discard"` treats it as absent. Default `"throw"`.
   */
  readonly onInvalid?: "throw" | "discard" | undefined;
  /** The largest record, in bytes of UTF-8, that is written or read. Default 1,048,576 (1 MiB). */
  readonly maxBytes?: number | undefined;
  /**
   * How long a verb may take: its driver calls, its retries and its waiting for others together, but not your own
   * functions. A verb that takes longer rejects with `UnavailableError`, or `ConflictError` if it lost to other writers.
   * Default `"5s"`.
   */
  readonly timeout?: Duration | undefined;
  /**
   * Is told what becomes of sessions and what is suspicious, for logs and metrics. It is called at once and not waited for;
   * what it throws is ignored.
   */
  readonly onEvent?: ((event: SessionEvent) => unknown) | undefined;
  /** The time in milliseconds since 1970, by which lifetimes are judged. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/**
 * A handler behind `wrap`. It takes a request on which the property is free; where its type says that something else sets
 * the property, such as another definition of the same name, this is no function but a sentence.
 */
export type WrappedHandler<
  Name extends string,
  Handle,
  HandlerReq,
  HandlerArgs extends unknown[],
  Result,
> = Name extends keyof HandlerReq
  ? IsOwn<Exclude<HandlerReq[Name], undefined>, Handle> extends true
    ? (request: Omit<HandlerReq, Name>, ...args: HandlerArgs) => Promise<Awaited<Result>>
    : NameConflict<`request.${Name} is set twice: give one of the session definitions another name`>
  : (
      request: HandlerReq & { readonly [Property in Name]?: never },
      ...args: HandlerArgs
    ) => Promise<Awaited<Result>>;

/** Whether what a handler expects in the property is what the definition puts there. */
type IsOwn<Expected, Handle> = [Expected] extends [never]
  ? false
  : [Expected] extends [Handle]
    ? true
    : false;

/** What stands where a handler would be whose request property is set twice. */
export interface NameConflict<Message extends string> {
  /** What is wrong, and what to do. */
  readonly error: Message;
}

/**
 * Sets the request property. Takes a request that does not have it yet; routers infer from it that those behind it do.
 *
 * @typeParam Before - the request that `keyFn` takes
 * @typeParam After - the same with the property
 * @typeParam Args - the further arguments that `keyFn` takes
 */
export interface SessionMiddleware<Before, After extends Before, Args extends unknown[]> {
  (request: Before, ...args: Args): Promise<void>;
  // Last, because the compiler infers from the last.
  (request: After, ...args: Args): Promise<void>;
}

/**
 * What `defineSession` gives. Its members do not depend on `this`: take them out as you like.
 *
 * @typeParam Name - the request property
 * @typeParam Key - what selects a session
 * @typeParam Value - what is kept, as it is read
 * @typeParam Write - what may be written: the value, or what the schema turns into one
 * @typeParam KeyInput - what the key schema takes for a key
 * @typeParam Req - the request that `keyFn` takes
 * @typeParam Args - the further arguments that `keyFn` takes
 * @typeParam Has - whether a request has a session: `"always"`, `"optional"`, or `"issued"` by its first write
 * @typeParam Atomic - whether the driver has compare-and-set; without it there is no `swap`, `upsert` and `update`
 */
export interface SessionDefinition<
  Name extends string,
  Key,
  Value,
  Write,
  KeyInput,
  Req extends object,
  Args extends unknown[],
  Has extends Presence,
  Atomic extends boolean,
> extends AsyncDisposable {
  /** The request property and key namespace. */
  readonly name: Name;

  /**
   * Sets the request property. For itty-router's `before` or a route, and for every router that hands one request
   * object from handler to handler.
   *
   * Rejects with `InvalidKeyError` if the key does not fit its schema, and with `ConfigurationError` if something else
   * has set the property already. Never calls the driver.
   */
  readonly middleware: SessionMiddleware<
    Req,
    Req & Record<Name, RequestSession<Has, Atomic, Key, Value, Write>>,
    Args
  >;

  /**
   * Completes the response: puts the session's cookie on it, if there is something to tell, and the headers that keep
   * caches from mixing clients up. For itty-router's `finally`, as the last one there; `wrap` does it by itself.
   *
   * What is no `Response` is given back as it is, unless a cookie has to be sent: then it throws `ConfigurationError`.
   * After it, a write that would start a session rejects.
   */
  readonly finalize: <Result>(response: Result, request: Req) => Result;

  /**
   * Puts the middleware before a fetch-style handler and `finalize` behind it. The handler may take further arguments
   * (Workers' `env` and `ctx`), which `keyFn` gets too. Nests: `visits.wrap(carts.wrap(handler))`.
   *
   * Rejects with what the handler throws. What its verbs have written stays written. If one of them has moved or started a
   * session, only the cookie leads to it: call `finalize` on your error page with the same request.
   */
  readonly wrap: <HandlerReq extends Req, HandlerArgs extends [...Args, ...unknown[]], Result>(
    handler: (
      request: HandlerReq & Record<Name, RequestSession<Has, Atomic, Key, Value, Write>>,
      ...args: HandlerArgs
    ) => Result,
  ) => WrappedHandler<
    Name,
    NonNullable<RequestSession<Has, Atomic, Key, Value, Write>>,
    HandlerReq,
    HandlerArgs,
    Result
  >;

  /** Gives the session of a request without setting anything on it. With a key source, `finalize` knows it all the same. */
  readonly fromRequest: (
    request: Req,
    ...args: Args
  ) => Promise<RequestSession<Has, Atomic, Key, Value, Write>>;

  /**
   * Gives the session of a key, outside any request. A key that does not fit makes the verbs reject. Where keys are issued
   * (`cookieKey()`) it reaches only sessions that there are: a write that would start one rejects with `SessionEndedError`.
   */
  readonly session: (key: KeyInput) => SessionFor<Atomic, Key, Value, Write>;

  /** The verbs with the key first, outside any request. */
  readonly store: StoreFor<Atomic, KeyInput, Value, Write>;

  /**
   * Closes the definition: every later verb rejects with `UnavailableError`. Other definitions on the same driver go on.
   * The driver is closed with the last of them, also one that you made; it lets go of its connections and files then.
   * Clients and pools that you handed to a driver stay open.
   */
  readonly close: () => Promise<void>;

  /** Types only; never there at run time. */
  readonly "~types"?: SessionTypes<
    Key,
    Value,
    NonNullable<RequestSession<Has, Atomic, Key, Value, Write>>,
    Req & Record<Name, RequestSession<Has, Atomic, Key, Value, Write>>
  >;
}
