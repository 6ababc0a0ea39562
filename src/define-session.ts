import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Codec } from "./core/codec.ts";
import { Events } from "./core/events.ts";
import { GuardedDriver } from "./core/guarded-driver.ts";
import { headerOf } from "./core/header-key.ts";
import { Issuer } from "./core/issuer.ts";
import { type BoundKey, KeyBinder } from "./core/key-binder.ts";
import { KeyQueue } from "./core/key-queue.ts";
import { isKeySource, isSecret } from "./core/key-source.ts";
import { type KeyedOptions, KeyedRecord } from "./core/keyed-record.ts";
import { DEFAULT_LIFETIME, Lifetime } from "./core/lifetime.ts";
import { isPromise, type MaybePromise } from "./core/maybe-promise.ts";
import { createMiddleware } from "./core/middleware.ts";
import {
  checkDriver,
  checkFunction,
  checkIssuedKeys,
  checkLifetime,
  checkMaxBytes,
  checkName,
  checkOnInvalid,
  checkSchema,
  checkSessionOptions,
  checkTimeout,
} from "./core/options.ts";
import { Records } from "./core/records.ts";
import { Reentrancy } from "./core/reentrancy.ts";
import { addVary, editHeaders, isResponse, keepPrivate } from "./core/response.ts";
import { SessionHandle } from "./core/session.ts";
import { createStore } from "./core/store.ts";
import type { SessionDefinition, SessionOptions, Wrapped } from "./core/types/definition.ts";
import type { KeyFnResult, PresenceOf } from "./core/types/key-input.ts";
import type { RequestSession, Session, SessionOn } from "./core/types/session.ts";
import type { StoreOn } from "./core/types/store.ts";
import type { WriteOf } from "./core/types/value-schema.ts";
import { ValueSchema } from "./core/value-schema.ts";
import { memoryDriver } from "./drivers/memory.ts";

/**
 * Defines a kind of session: what selects one, what it holds, where it is kept. Gives a middleware, a store and session
 * handles whose types follow from the two schemas.
 *
 * @throws ConfigurationError if an option is missing or wrong
 * @example
 * ```ts
 * const visits = defineSession({
 *   name: "visits",
 *   key: z.string().min(1),
 *   value: z.number().int().nonnegative(),
 *   keyFn: (request) => request.headers.get("x-client-id"),
 * });
 * await visits.session("client-1").upsert(1, (count) => count + 1);
 * ```
 */
export function defineSession<
  KeySchema extends StandardSchemaV1,
  Schema extends StandardSchemaV1,
  const Result extends KeyFnResult<KeySchema>,
  Req extends object = Request,
  Args extends unknown[] = unknown[],
  const Name extends string = "session",
  const Atomic extends boolean = true,
>(
  options: SessionOptions<KeySchema, Schema, Result, Req, Args, Name, Atomic>,
): SessionDefinition<
  Name,
  StandardSchemaV1.InferOutput<KeySchema>,
  StandardSchemaV1.InferOutput<Schema>,
  WriteOf<Schema>,
  StandardSchemaV1.InferInput<KeySchema>,
  Req,
  Args,
  PresenceOf<Result>,
  Atomic
> {
  type Key = StandardSchemaV1.InferOutput<KeySchema>;
  type Value = StandardSchemaV1.InferOutput<Schema>;
  type Write = WriteOf<Schema>;
  type KeyInput = StandardSchemaV1.InferInput<KeySchema>;
  type InRequest = RequestSession<PresenceOf<Result>, Atomic, Key, Value, Write>;
  type Property = Record<Name, InRequest>;

  checkSessionOptions(options);
  const name = checkName(options.name ?? "session") as Name;
  const keyFn = checkFunction("keyFn", options.keyFn);
  const keys = new KeyBinder<Key>(name, checkSchema("key", options.key), isSecret(keyFn));
  const carrier = isKeySource<Req>(keyFn) ? keyFn.carrier(name) : undefined;
  if (carrier !== undefined) checkIssuedKeys(keys);
  const events = new Events(
    name,
    options.onEvent && checkFunction("onEvent", options.onEvent),
    isSecret(keyFn) || carrier !== undefined,
  );
  const timeout = checkTimeout(options.timeout ?? "5s");
  const clock = checkFunction("clock", options.clock ?? Date.now);
  const limits = options.lifetime ?? (carrier === undefined ? {} : DEFAULT_LIFETIME);
  const lifetime = new Lifetime(checkLifetime(limits), clock);
  const codec = new Codec(checkMaxBytes(options.maxBytes ?? 1024 * 1024));
  const schema = new ValueSchema(
    checkSchema("value", options.value as StandardSchemaV1<unknown, Value>),
    (stored) => codec.encode(stored),
  );
  const discardInvalid = checkOnInvalid(options.onInvalid ?? "throw") === "discard";
  // The last option to be checked: from here on the driver stays open for this definition.
  const driver = new GuardedDriver(checkDriver(options.driver ?? memoryDriver()), events);
  const records = new Records<Value>({
    schema,
    codec,
    driver,
    lifetime,
    events,
    // Half of a verb's time, so that who waits behind one that hangs has the other half.
    queue: new KeyQueue(timeout / 2),
    reentrancy: new Reentrancy(),
    timeout,
    discardInvalid,
  });
  const issuer =
    carrier &&
    new Issuer<Key, Value, Write, Req>({
      name,
      records,
      keys,
      events,
      lifetime,
      isLifetimeChosen: options.lifetime !== undefined,
      carrier,
    });
  const header = headerOf(keyFn);

  const open = (
    bind: () => MaybePromise<BoundKey<Key>>,
    options: KeyedOptions,
  ): Session<Key, Value, Write> =>
    new SessionHandle<Key, Value, Write>(new KeyedRecord(records, bind, options));

  const isIssued = issuer !== undefined;
  const outside: KeyedOptions = { existing: isIssued, issued: isIssued };
  const inRequest: KeyedOptions = { existing: isSecret(keyFn), issued: false };

  /** The sessions of requests that may not carry them as a property. */
  const opened = new WeakMap<object, Session<Key, Value, Write>>();

  /** Tells caches what a response depends on. There is nothing to tell a client that has its key from elsewhere. */
  const completeKeyed = <Given>(response: Given, request: Req): Given => {
    const record =
      SessionHandle.recordOf(records, Reflect.get(request, name)) ??
      SessionHandle.recordOf(records, opened.get(request));
    if (!(record instanceof KeyedRecord && record.isUsed && isResponse(response))) return response;
    return editHeaders(response, (headers) => {
      if (header !== undefined) addVary(headers, header);
      if (record.wasLive) keepPrivate(headers);
    }) as Given;
  };

  const fromRequest = async (request: Req, ...args: Args): Promise<InRequest> => {
    if (issuer !== undefined) return issuer.open(request) as unknown as InRequest;
    const giving = keyFn(request, ...args);
    const given = isPromise(giving) ? await giving : giving;
    // The type says so too: it has `undefined` in it whenever `keyFn` can give nothing.
    if (given === null || given === undefined) return undefined as InRequest;
    const binding = keys.bindOfRequest(given);
    const bound = isPromise(binding) ? await binding : binding;
    const handle = open(() => bound, inRequest);
    opened.set(request, handle);
    return handle as unknown as InRequest;
  };

  const middleware = createMiddleware({
    name,
    fromRequest,
    isOwn: (property) => SessionHandle.recordOf(records, property) !== undefined,
  });
  const finalize = <Given>(response: Given, request: Req): Given =>
    issuer === undefined ? completeKeyed(response, request) : issuer.complete(response, request);
  const session = (key: KeyInput): Session<Key, Value, Write> =>
    open(() => keys.bind(key), outside);
  const close = (): Promise<void> => driver.close(records.deadline());

  const wrap = <HandlerReq extends Req, HandlerArgs extends [...Args, ...unknown[]], Returned>(
    handler: (request: HandlerReq & Property, ...args: HandlerArgs) => Returned,
  ) => {
    const wrapped = async (
      request: HandlerReq,
      ...args: HandlerArgs
    ): Promise<Awaited<Returned>> => {
      // A handler takes what `keyFn` takes, and perhaps more.
      await middleware(request, ...(args as unknown[] as Args));
      try {
        return finalize(await handler(request as HandlerReq & Property, ...args), request);
      } catch (error) {
        // Some frameworks throw responses. Any other error becomes a page further out, which can be finalized there.
        throw isResponse(error) ? finalize(error, request) : error;
      }
    };
    return wrapped as Wrapped<Name, NonNullable<InRequest>, HandlerReq, HandlerArgs, Returned>;
  };

  return {
    name,
    middleware,
    finalize,
    wrap,
    fromRequest,
    // The types hide what the driver cannot do.
    session: session as (key: KeyInput) => SessionOn<Atomic, Key, Value, Write>,
    store: createStore(session) as StoreOn<Atomic, KeyInput, Value, Write>,
    close,
    [Symbol.asyncDispose]: close,
  };
}
