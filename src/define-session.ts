import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Codec } from "./core/codec.ts";
import { GuardedDriver } from "./core/guarded-driver.ts";
import { type BoundKey, KeyBinder } from "./core/key-binder.ts";
import { KeyQueue } from "./core/key-queue.ts";
import { Lifetime, milliseconds } from "./core/lifetime.ts";
import { isPromise, type MaybePromise } from "./core/maybe-promise.ts";
import { createMiddleware } from "./core/middleware.ts";
import {
  checkDriver,
  checkFunction,
  checkMaxBytes,
  checkName,
  checkOnInvalid,
  checkSchema,
} from "./core/options.ts";
import { Records } from "./core/records.ts";
import { SessionHandle } from "./core/session.ts";
import { createStore } from "./core/store.ts";
import type { SessionDefinition, SessionOptions, Wrapped } from "./core/types/definition.ts";
import type { Guest, KeyFnResult } from "./core/types/key-input.ts";
import type { Session, SessionOn } from "./core/types/session.ts";
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
  Guest<Result>,
  Atomic
> {
  type Key = StandardSchemaV1.InferOutput<KeySchema>;
  type Value = StandardSchemaV1.InferOutput<Schema>;
  type Write = WriteOf<Schema>;
  type KeyInput = StandardSchemaV1.InferInput<KeySchema>;
  type Handle = SessionOn<Atomic, Key, Value, Write>;
  type Absent = Guest<Result>;
  type Property = Record<Name, Handle | Absent>;

  const name = checkName(options.name ?? "session") as Name;
  const keys = new KeyBinder<Key>(name, checkSchema("key", options.key));
  const keyFn = checkFunction("keyFn", options.keyFn);
  const timeout = milliseconds("timeout", options.timeout ?? "5s");
  const driver = new GuardedDriver(checkDriver(options.driver ?? memoryDriver()), timeout);
  const records = new Records<Value>({
    schema: new ValueSchema(
      checkSchema("value", options.value as StandardSchemaV1<unknown, Value>),
    ),
    codec: new Codec(checkMaxBytes(options.maxBytes ?? 1024 * 1024)),
    driver,
    lifetime: new Lifetime(
      options.lifetime ?? {},
      checkFunction("clock", options.clock ?? Date.now),
    ),
    // Whoever keeps others waiting for longer than a driver may take is not waiting for the driver.
    queue: new KeyQueue(timeout),
    discardInvalid: checkOnInvalid(options.onInvalid ?? "throw") === "discard",
  });

  const open = (bind: () => MaybePromise<BoundKey<Key>>): Session<Key, Value, Write> =>
    new SessionHandle<Key, Value, Write>(records, bind);

  const fromRequest = async (request: Req, ...args: Args): Promise<Handle | Absent> => {
    const giving = keyFn(request, ...args);
    const given = isPromise(giving) ? await giving : giving;
    // The type says so too: `Absent` is `undefined` whenever `keyFn` can give nothing.
    if (given === null || given === undefined) return undefined as Absent;
    const binding = keys.bind(given);
    const bound = isPromise(binding) ? await binding : binding;
    return open(() => bound) as Handle;
  };

  const middleware = createMiddleware({
    name,
    fromRequest,
    isOwn: (property) => SessionHandle.isOf(records, property),
  });
  const finalize = <Given>(response: Given): Given => response;
  const session = (key: KeyInput): Session<Key, Value, Write> => open(() => keys.bind(key));
  const close = (): Promise<void> => driver.close();

  const wrap = <HandlerReq extends Req, HandlerArgs extends [...Args, ...unknown[]], Returned>(
    handler: (request: HandlerReq & Property, ...args: HandlerArgs) => Returned,
  ) => {
    const wrapped = async (
      request: HandlerReq,
      ...args: HandlerArgs
    ): Promise<Awaited<Returned>> => {
      // A handler takes what `keyFn` takes, and perhaps more.
      await middleware(request, ...(args as unknown[] as Args));
      return finalize(await handler(request as HandlerReq & Property, ...args));
    };
    return wrapped as Wrapped<Name, Handle, HandlerReq, HandlerArgs, Returned>;
  };

  return {
    name,
    middleware,
    finalize,
    wrap,
    fromRequest,
    // The types hide what the driver cannot do.
    session: session as (key: KeyInput) => Handle,
    store: createStore(session) as StoreOn<Atomic, KeyInput, Value, Write>,
    close,
    [Symbol.asyncDispose]: close,
  };
}
