import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Codec } from "../codec/codec.ts";
import { memoryDriver } from "../drivers/memory.ts";
import { type EventListener, Events } from "../events.ts";
import { CookieResponses } from "../http/cookie-response.ts";
import { setEdge } from "../http/edge.ts";
import { RequestSessions } from "../http/request-sessions.ts";
import { headerOf } from "../keys/header-key-fn.ts";
import { KeyCodec } from "../keys/key-codec.ts";
import type { IssuedKeySchema, KeyFnResult, PresenceOf } from "../keys/key-input.ts";
import { isKeySource, isSecret } from "../keys/key-source.ts";
import type { WriteOf } from "../schema/value-schema.ts";
import { ValueValidator } from "../schema/value-validator.ts";
import { createStore } from "../session/create-store.ts";
import { KeyedSession } from "../session/keyed-session.ts";
import type { Session } from "../session/session.ts";
import { SessionHandle } from "../session/session-handle.ts";
import { closeStorage, openDriver } from "../storage/close-storage.ts";
import { KeyQueue } from "../storage/key-queue.ts";
import { DEFAULT_LIFETIME, Lifetime } from "../storage/lifetime.ts";
import type { Duration, LifetimeOptions } from "../storage/lifetime-options.ts";
import type { Storage } from "../storage/storage.ts";
import { showSummary } from "../util/show-summary.ts";
import { isWorkerd } from "../util/workerd.ts";
import {
  checkDriver,
  checkFunction,
  checkIssuedKeys,
  checkKeySchema,
  checkLifetime,
  checkMaxBytes,
  checkName,
  checkOnInvalid,
  checkPrivileged,
  checkSchema,
  checkSessionOptions,
  checkTimeout,
} from "./check-options.ts";
import type { SessionDefinition, SessionOptions } from "./definition.ts";

/**
 * Defines a kind of session: its key, its value and its driver. Returns a middleware, a store and
 * session handles. Their types are inferred from the two schemas.
 *
 * @returns the definition; close it with `close` when your program ends
 * @throws ConfigurationError if an option is missing, unknown or wrong
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
  KeySchema extends StandardSchemaV1 = IssuedKeySchema,
  Schema extends StandardSchemaV1 = StandardSchemaV1,
  // biome-ignore lint/suspicious/noExplicitAny: where nothing is inferred, the complaint is to be about what hinders it, and not about keyFn
  const Result extends KeyFnResult<KeySchema> = any,
  Req extends object = Request,
  Args extends unknown[] = unknown[],
  const Name extends string = "session",
  const Atomic extends boolean = true,
  Privileged extends string = never,
  const Idle extends number | string = Duration,
  const Absolute extends number | string = Duration,
  const Timeout extends number | string = Duration,
>(
  options: SessionOptions<
    KeySchema,
    Schema,
    Result,
    Req,
    Args,
    Name,
    Atomic,
    Privileged,
    Idle,
    Absolute,
    Timeout
  >,
): SessionDefinition<
  // Not from a type that the result is given: without the option it is "session".
  NoInfer<Name>,
  PresenceOf<Result, Privileged>,
  Atomic,
  StandardSchemaV1.InferOutput<KeySchema>,
  StandardSchemaV1.InferOutput<Schema>,
  WriteOf<Schema>,
  StandardSchemaV1.InferInput<KeySchema>,
  Req,
  Args
> {
  type Key = StandardSchemaV1.InferOutput<KeySchema>;
  type Value = StandardSchemaV1.InferOutput<Schema>;
  type Write = WriteOf<Schema>;
  type KeyInput = StandardSchemaV1.InferInput<KeySchema>;
  type Definition = SessionDefinition<
    Name,
    PresenceOf<Result, Privileged>,
    Atomic,
    Key,
    Value,
    Write,
    KeyInput,
    Req,
    Args
  >;

  checkSessionOptions(options);
  const name = checkName(options.name ?? "session") as Name;
  const keyFn = checkFunction("keyFn", options.keyFn);
  const isHashed = isSecret(keyFn);
  const transport = isKeySource<Req>(keyFn) ? keyFn.transport(name) : undefined;
  const isIssued = transport !== undefined;
  const keys = new KeyCodec<Key>(
    name,
    checkKeySchema(options.key as StandardSchemaV1 | undefined, isIssued),
    isHashed,
  );
  if (isIssued) checkIssuedKeys(keys);
  const onEvent = options.onEvent && checkFunction("onEvent", options.onEvent);
  const timeout = checkTimeout((options.timeout ?? "5s") as Duration);
  const clock = checkFunction("clock", options.clock ?? Date.now);
  const limits = checkLifetime(
    (options.lifetime ?? (isIssued ? DEFAULT_LIFETIME : {})) as LifetimeOptions | false,
  );
  const schema: ValueValidator<Value> = new ValueValidator(
    checkSchema("value", options.value as StandardSchemaV1<unknown, Value>),
    (stored) => codec.encode(stored),
  );
  const codec = new Codec(checkMaxBytes(options.maxBytes ?? 1024 * 1024), schema.isFresh);
  const storage: Storage<Value> = {
    codec,
    schema,
    lifetime: new Lifetime(limits, clock),
    events: new Events(name, onEvent as EventListener | undefined, isHashed || isIssued),
    // Half of a verb's time: a verb that waits behind one that hangs has the other half left.
    queue: isWorkerd ? undefined : new KeyQueue(timeout / 2),
    timeout,
    discardInvalid: checkOnInvalid(options.onInvalid ?? "throw") === "discard",
    privileged: checkPrivileged(options.privileged, isIssued, options.driver),
    isClosed: false,
    // Checked last: from here on this definition keeps the driver open.
    driver: openDriver(checkDriver(options.driver ?? memoryDriver())),
  };
  const cookies =
    transport &&
    new CookieResponses<Req>({
      name,
      storage,
      keyPrefix: keys.prefix,
      transport,
      isLifetimeChosen: options.lifetime !== undefined,
    });
  const requests = new RequestSessions<Key, Value, Write, Req, Args>({
    name,
    storage,
    keyFn,
    keys,
    mayCreate: !isHashed,
    header: transport?.header ?? headerOf(keyFn),
    cookies,
  });
  const session = (key: KeyInput): Session<Key, Value, Write> =>
    new SessionHandle(
      new KeyedSession(storage, () => keys.parse(key), { mayCreate: !isIssued, isIssued }),
    );
  const close = (): Promise<void> => closeStorage(storage);

  const store = createStore(session);
  // What logs show.
  const kind = isIssued ? "cookie" : isHashed ? "secret" : "key";
  showSummary(store, "Store", () => ({ name, kind }));
  // The types of the members depend on `keyFn`, the driver and the kind of key.
  const members: object = {
    name,
    middleware: requests.middleware,
    finalize: requests.finalize,
    wrap: requests.wrap,
    fromRequest: requests.fromRequest,
    of: requests.of,
    open: requests.open,
    session,
    store,
    close,
    [Symbol.asyncDispose]: close,
  };
  showSummary(members, "SessionDefinition", () => ({ name, kind }));
  setEdge(members, requests);
  return members as Definition;
}
