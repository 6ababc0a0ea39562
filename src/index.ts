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
} from "./core/driver.ts";
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
} from "./core/errors.ts";
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
} from "./core/events.ts";
export type { HeaderKeyFn } from "./core/header-key.ts";
export type {
  IssuedKey,
  KeySource,
  Presented,
  PresentedToken,
  SecretKeyFn,
  TokenCarrier,
} from "./core/key-source.ts";
export type { MaybePromise } from "./core/maybe-promise.ts";
export type {
  NameConflict,
  SessionDefinition,
  SessionMiddleware,
  SessionOptions,
  Unset,
  Wrapped,
} from "./core/types/definition.ts";
export type {
  AnyDefinition,
  InferKey,
  InferSession,
  InferValue,
  SessionRequest,
  SessionTypes,
} from "./core/types/infer.ts";
export type { DeepReadonly, KeyFnResult, Presence, PresenceOf } from "./core/types/key-input.ts";
export type { Duration, LifetimeOptions } from "./core/types/lifetime.ts";
export type { FieldOf, OptionalField } from "./core/types/optional-field.ts";
export type { Serializable, SerializationError } from "./core/types/serializable.ts";
export type {
  CookieSession,
  RequestSession,
  RotateOptions,
  Session,
  SessionOn,
  SimpleSession,
} from "./core/types/session.ts";
export type { SimpleStore, Store, StoreOn } from "./core/types/store.ts";
export type { Updated } from "./core/types/updated.ts";
export type { ValueSchema, WriteOf } from "./core/types/value-schema.ts";
export { defineSession } from "./define-session.ts";
export { type MemoryDriver, type MemoryDriverOptions, memoryDriver } from "./drivers/memory.ts";
export { bearerKey } from "./keys/bearer.ts";
export { cookieKey } from "./keys/cookie.ts";
export type { CookieKeyOptions } from "./keys/cookie-options.ts";
export { headerKey } from "./keys/header.ts";
export type { RequestWithHeaders } from "./keys/request.ts";
