export type { Serializable, SerializationError } from "./codec/serializable.ts";
export { defineSession } from "./definition/define-session.ts";
export type {
  NameConflict,
  SessionDefinition,
  SessionMiddleware,
  SessionOptions,
  Unset,
  Wrapped,
} from "./definition/definition.ts";
export type {
  AnyDefinition,
  InferKey,
  InferSession,
  InferValue,
  SessionRequest,
  SessionTypes,
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
export { bearerKey } from "./keys/bearer.ts";
export { cookieKey } from "./keys/cookie.ts";
export type { CookieKeyOptions } from "./keys/cookie-options.ts";
export { headerKey } from "./keys/header.ts";
export type { HeaderKeyFn } from "./keys/header-key-fn.ts";
export type { DeepReadonly, KeyFnResult, Presence, PresenceOf } from "./keys/key-input.ts";
export type {
  Credentials,
  IssuedKey,
  KeySource,
  PresentedToken,
  SecretKeyFn,
  TokenTransport,
} from "./keys/key-source.ts";
export type { RequestWithHeaders } from "./keys/request.ts";
export type { ValueSchema, WriteOf } from "./schema/value-schema.ts";
export type { FieldOf, OptionalField } from "./session/optional-field.ts";
export type {
  CookieSession,
  RequestSession,
  RotateOptions,
  Session,
  SessionOn,
  SimpleSession,
} from "./session/session.ts";
export type { SimpleStore, Store, StoreOn } from "./session/store.ts";
export type { Updated } from "./session/updated.ts";
export type { Duration, LifetimeOptions } from "./storage/lifetime-options.ts";
export type { MaybePromise } from "./util/maybe-promise.ts";
