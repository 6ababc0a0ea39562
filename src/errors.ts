import type { StandardSchemaV1 } from "@standard-schema/spec";
import { safeCause } from "./util/safe-cause.ts";

/** Every `code` a {@link SessionError} can carry. Codes are stable: switch on them. */
export type SessionErrorCode =
  | "ERR_SESSION_INVALID_KEY"
  | "ERR_SESSION_INVALID_VALUE"
  | "ERR_SESSION_ENDED"
  | "ERR_SESSION_CONFLICT"
  | "ERR_SESSION_TOO_LARGE"
  | "ERR_SESSION_INVALID_RECORD"
  | "ERR_SESSION_CONFIGURATION"
  | "ERR_SESSION_CROSS_ORIGIN"
  | "ERR_SESSION_USAGE"
  | "ERR_SESSION_UNAVAILABLE";

/**
 * The base of every error that this library throws.
 *
 * Its message, stack and inspected form never hold a session's key, token or value, so it may be logged and
 * its message may be sent to the client.
 */
export abstract class SessionError extends Error {
  /** What went wrong, for programs. Stable across releases. */
  abstract readonly code: SessionErrorCode;
  /** The HTTP status that fits a response about this error. itty-router's `error()` reads it. */
  abstract readonly status: number;

  /**
   * @param message - what went wrong and what to do
   * @param options - its `cause` is kept if it is a `SessionError`; of any other, a copy that holds its name and code and
   *   nothing that may quote keys or values
   */
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    const { cause } = options;
    if (cause === undefined) super(message);
    else super(message, { cause: cause instanceof SessionError ? cause : safeCause(cause) });
  }
}

/** What `console.log` shows on Node.js and Bun: this error, and of its cause the name and code only. */
Object.defineProperty(SessionError.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: SessionError): string {
    const cause = this.cause === undefined ? "" : `,\n  [cause]: ${summary(this.cause)}`;
    return `${this.stack} {\n  code: '${this.code}',\n  status: ${this.status}${cause}\n}`;
  },
});

function summary(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const { name, code } = cause as Error & { code?: unknown };
  return code === undefined ? name : `${name} (${String(code)})`;
}

/** Gives the class its `name` without an own property that routers would copy into a response. */
function nameOf(error: { readonly prototype: SessionError }, name: string): void {
  Object.defineProperty(error.prototype, "name", { value: name, configurable: true });
}

/** The schema refused what it was given. Holds the schema's issues where no log prints them by accident. */
abstract class ValidationError extends SessionError {
  readonly #issues: readonly StandardSchemaV1.Issue[];

  constructor(message: string, issues: readonly StandardSchemaV1.Issue[] = []) {
    super(message);
    this.#issues = issues;
  }

  /**
   * The issues as the schema library reported them: a `message` and a `path` each. They may quote the refused
   * input (valibot's do), so they are left out of the error's message and of `console.log(error)`.
   */
  get issues(): readonly StandardSchemaV1.Issue[] {
    return this.#issues;
  }
}

/**
 * A key that the key schema refuses, or that cannot be turned into a driver key: longer than 512 bytes once
 * encoded, or holding something other than text, numbers, booleans, dates, tuples and plain objects.
 * Thrown before the driver is called.
 */
export class InvalidKeyError extends ValidationError {
  override readonly code: "ERR_SESSION_INVALID_KEY" = "ERR_SESSION_INVALID_KEY";
  override readonly status: 400 = 400;
}

/**
 * A value that the value schema refuses, or that could not be read back as it was written. Nothing was
 * stored; {@link InvalidValueError.issues} says where and why.
 */
export class InvalidValueError extends ValidationError {
  override readonly code: "ERR_SESSION_INVALID_VALUE" = "ERR_SESSION_INVALID_VALUE";
  override readonly status: 422 = 422;
}

/** The session was removed, has expired or was rotated away while this request was using it. Nothing was stored. */
export class SessionEndedError extends SessionError {
  override readonly code: "ERR_SESSION_ENDED" = "ERR_SESSION_ENDED";
  override readonly status: 401 = 401;
}

/** Other writers kept changing the session until the retries were spent. Nothing was stored; try again later. */
export class ConflictError extends SessionError {
  override readonly code: "ERR_SESSION_CONFLICT" = "ERR_SESSION_CONFLICT";
  override readonly status: 409 = 409;
}

/** The record would be larger than the definition's `maxBytes`. Nothing was stored. */
export class TooLargeError extends SessionError {
  override readonly code: "ERR_SESSION_TOO_LARGE" = "ERR_SESSION_TOO_LARGE";
  override readonly status: 413 = 413;
}

/**
 * What the driver holds for this key cannot be read: damaged text, a newer format, or a value that no longer
 * fits the schema ({@link InvalidRecordError.issues} then says where). `insert` and `remove` still work;
 * `onInvalid: "discard"` reads such a record as absent.
 */
export class InvalidRecordError extends ValidationError {
  override readonly code: "ERR_SESSION_INVALID_RECORD" = "ERR_SESSION_INVALID_RECORD";
  override readonly status: 500 = 500;
}

/**
 * A write during a request that another site made a browser send: a method other than GET, HEAD and OPTIONS, or a
 * WebSocket upgrade, from another origin. Nothing was stored. If you expect such requests (a single sign-on that posts
 * back to you, a page on a sibling host), name the origin in `cookieKey({ trustedOrigins: [...] })`.
 */
export class CrossOriginError extends SessionError {
  override readonly code: "ERR_SESSION_CROSS_ORIGIN" = "ERR_SESSION_CROSS_ORIGIN";
  override readonly status: 403 = 403;
}

/** A verb or a member called in the wrong place or at the wrong time during a request. The message says what to do. */
export class UsageError extends SessionError {
  override readonly code: "ERR_SESSION_USAGE" = "ERR_SESSION_USAGE";
  override readonly status: 500 = 500;
}

/** A mistake in how the library is set up. Thrown by `defineSession` or by the factory that got the wrong option. */
export class ConfigurationError extends SessionError {
  override readonly code: "ERR_SESSION_CONFIGURATION" = "ERR_SESSION_CONFIGURATION";
  override readonly status: 500 = 500;
}

/**
 * The driver failed, did not answer within the definition's `timeout`, or was closed. The `cause` has the name and the
 * `code` of the driver's own error, but not what may quote keys or values: its message is there only if it came from the
 * operating system, such as "connect ECONNREFUSED 127.0.0.1:6379". A write that ends so may or may not have been carried out.
 */
export class UnavailableError extends SessionError {
  override readonly code: "ERR_SESSION_UNAVAILABLE" = "ERR_SESSION_UNAVAILABLE";
  override readonly status: 503 = 503;
}

nameOf(InvalidKeyError, "InvalidKeyError");
nameOf(InvalidValueError, "InvalidValueError");
nameOf(SessionEndedError, "SessionEndedError");
nameOf(ConflictError, "ConflictError");
nameOf(TooLargeError, "TooLargeError");
nameOf(InvalidRecordError, "InvalidRecordError");
nameOf(CrossOriginError, "CrossOriginError");
nameOf(UsageError, "UsageError");
nameOf(ConfigurationError, "ConfigurationError");
nameOf(UnavailableError, "UnavailableError");

/**
 * Tells whether something caught is one of this library's errors. Unlike `instanceof` it also recognises errors
 * from another realm or from a second copy of the package.
 *
 * @param error - anything, such as what a `catch` clause received
 */
export function isSessionError(error: unknown): error is SessionError {
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return typeof error.code === "string" && error.code.startsWith("ERR_SESSION_");
}
