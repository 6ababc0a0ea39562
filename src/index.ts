export { type CombinedRequest, type CombinedSessions, combine } from "./definition/combine.ts";
export { defineSession } from "./definition/define-session.ts";
export type {
  Mounted,
  SessionDefinition,
  SessionMiddleware,
  SessionOptions,
} from "./definition/definition.ts";
export type { DefinitionOf, DefinitionParts } from "./definition/definition-of.ts";
export type { FittingHandler, FreeRequest, HandlerRequest } from "./definition/handler.ts";
export type {
  AnyDefinition,
  InferKey,
  InferKeyedSession,
  InferSession,
  InferValue,
  SessionRequest,
} from "./definition/infer.ts";
export type {
  CallOptions,
  Conflict,
  Driver,
  DriverExpiry,
  DriverRecord,
  DriverVersion,
  TouchOptions,
  VersionCondition,
  WriteCondition,
  WriteOptions,
  WriteResult,
  Written,
} from "./drivers/driver.ts";
export { type MemoryDriver, type MemoryDriverOptions, memoryDriver } from "./drivers/memory.ts";
export {
  ConfigurationError,
  ConflictError,
  CrossOriginError,
  InvalidKeyError,
  InvalidRecordError,
  InvalidValueError,
  isSessionError,
  SessionEndedError,
  SessionError,
  type SessionErrorCode,
  TooLargeError,
  UnavailableError,
  UsageError,
} from "./errors.ts";
export type {
  ConflictEvent,
  CreatedEvent,
  EndedEvent,
  EventBase,
  ExpiredEvent,
  InvalidEvent,
  OneSessionEvent,
  RejectedEvent,
  RemovedEvent,
  RotatedEvent,
  SessionEvent,
  UnavailableEvent,
  UnfinalizedEvent,
} from "./events.ts";
export type { CookieJar, JarCookieAttributes } from "./http/cookie-jar.ts";
export type { FromRequest, FromRequestOptions } from "./http/from-request.ts";
export type { NodeRequest } from "./http/node-message.ts";
export { bearerKey } from "./keys/bearer.ts";
export { cookieKey } from "./keys/cookie.ts";
export type { CookieKeyOptions } from "./keys/cookie-options.ts";
export { headerKey } from "./keys/header.ts";
export type { HeaderKeyFn } from "./keys/header-key-fn.ts";
export type { CookieAttributes, KeySource, SecretKeyFn } from "./keys/key-source.ts";
export type { WriteOf } from "./schema/value-schema.ts";
export type { Initial } from "./session/initial.ts";
export type { FieldOf, OptionalField, Takeable } from "./session/optional-field.ts";
export type {
  GuardedSession,
  GuardedStore,
  PrivilegedSession,
} from "./session/privileged-session.ts";
export type {
  CookieSession,
  NonAtomicSession,
  RotateOptions,
  Session,
} from "./session/session.ts";
export type { NonAtomicStore, Store } from "./session/store.ts";
export type { Updated } from "./session/updated.ts";
export type { Duration, LifetimeOptions } from "./storage/lifetime-options.ts";
export type { Fields } from "./util/extra-field.ts";
export type { MaybePromise } from "./util/maybe-promise.ts";
