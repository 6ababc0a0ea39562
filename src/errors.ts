import type { StandardSchemaV1 } from "@standard-schema/spec";
import { safeCause } from "./util/safe-cause.ts";

/** The base of every error that this library throws. */
abstract class BaseError extends Error {
  /** The kind of the error, for programs. It is stable across releases. */
  abstract readonly code: `ERR_SESSION_${string}`;
  /** The HTTP status for a response about this error. itty-router's `error()` reads it. */
  abstract readonly status: number;

  /**
   * @param message - what went wrong and what to do
   * @param options - the `cause`: a `SessionError` is kept as it is; any other error is replaced by
   * a copy without the parts that may quote keys or values
   */
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    const { cause } = options;
    if (cause === undefined) super(message);
    else super(message, { cause: cause instanceof BaseError ? cause : safeCause(cause) });
  }
}

/**
 * Returns what `console.log` shows on Node.js and Bun: this error, and the name and code of its
 * cause.
 */
Object.defineProperty(BaseError.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: BaseError): string {
    const cause = this.cause === undefined ? "" : `,\n  [cause]: ${summary(this.cause)}`;
    return `${this.stack} {\n  code: '${this.code}',\n  status: ${this.status}${cause}\n}`;
  },
});

function summary(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const { name, code } = cause as Error & { code?: unknown };
  return code === undefined ? name : `${name} (${String(code)})`;
}

/**
 * The base of errors that carry issues of a schema. The issues are private, so that no log prints
 * them by accident.
 */
abstract class ValidationError extends BaseError {
  readonly #issues: readonly StandardSchemaV1.Issue[];

  constructor(message: string, issues: readonly StandardSchemaV1.Issue[] = []) {
    super(message);
    this.#issues = issues;
  }

  /**
   * The issues that the schema library reported: a `message` and a `path` each. They may quote the
   * refused input (valibot's do). So the error's message and `console.log(error)` leave them out.
   */
  get issues(): readonly StandardSchemaV1.Issue[] {
    return this.#issues;
  }
}

/**
 * The key schema refuses the key, or no driver key can be made of it. A key may hold text, numbers,
 * booleans, dates, tuples and plain objects, and may be 512 bytes long once encoded. The error is
 * thrown before any driver call.
 */
export class InvalidKeyError extends ValidationError {
  override readonly code: "ERR_SESSION_INVALID_KEY" = "ERR_SESSION_INVALID_KEY";
  override readonly status: 400 = 400;
}

/**
 * The value schema refuses the value, or the value would change when it is stored and read back.
 * Nothing was stored. {@link InvalidValueError.issues} says where and why.
 */
export class InvalidValueError extends ValidationError {
  override readonly code: "ERR_SESSION_INVALID_VALUE" = "ERR_SESSION_INVALID_VALUE";
  override readonly status: 422 = 422;
}

/**
 * The session was removed, has expired or was rotated away while this request was using it. Nothing
 * was stored.
 */
export class SessionEndedError extends BaseError {
  override readonly code: "ERR_SESSION_ENDED" = "ERR_SESSION_ENDED";
  override readonly status: 401 = 401;
}

/**
 * Other writers kept changing the session until the retries were spent. Nothing was stored; try
 * again later.
 */
export class ConflictError extends BaseError {
  override readonly code: "ERR_SESSION_CONFLICT" = "ERR_SESSION_CONFLICT";
  override readonly status: 409 = 409;
}

/** The record would be larger than the definition's `maxBytes`. Nothing was stored. */
export class TooLargeError extends BaseError {
  override readonly code: "ERR_SESSION_TOO_LARGE" = "ERR_SESSION_TOO_LARGE";
  override readonly status: 413 = 413;
}

/**
 * The stored record cannot be read: its text is damaged, its format is newer, or its value no
 * longer fits the schema ({@link InvalidRecordError.issues} then says where). `insert` and `remove`
 * still work. `onInvalid: "discard"` treats such a record as absent.
 */
export class InvalidRecordError extends ValidationError {
  override readonly code: "ERR_SESSION_INVALID_RECORD" = "ERR_SESSION_INVALID_RECORD";
  override readonly status: 500 = 500;
}

/**
 * A page of another origin made the browser send this request, and the request tried to write. Its
 * method is not GET, HEAD or OPTIONS, or it is a WebSocket upgrade. Nothing was stored. If you
 * expect such requests (a single sign-on that posts back to you, a page on a sibling host), list
 * the origin in `cookieKey({ trustedOrigins: [...] })`.
 */
export class CrossOriginError extends BaseError {
  override readonly code: "ERR_SESSION_CROSS_ORIGIN" = "ERR_SESSION_CROSS_ORIGIN";
  override readonly status: 403 = 403;
}

/**
 * A verb or a member was called in the wrong place or at the wrong time. The message says what to
 * do.
 */
export class UsageError extends BaseError {
  override readonly code: "ERR_SESSION_USAGE" = "ERR_SESSION_USAGE";
  override readonly status: 500 = 500;
}

/** An option is wrong. `defineSession` throws this error, or the factory that got the option. */
export class ConfigurationError extends BaseError {
  override readonly code: "ERR_SESSION_CONFIGURATION" = "ERR_SESSION_CONFIGURATION";
  override readonly status: 500 = 500;
}

/**
 * The driver failed, did not answer within the definition's `timeout`, or was closed. A write may
 * or may not have been carried out. The `cause` has the name and the `code` of the driver's own
 * error. It has the message only if the operating system made it, such as "connect ECONNREFUSED
 * 127.0.0.1:6379", because other messages may quote keys or values.
 */
export class UnavailableError extends BaseError {
  override readonly code: "ERR_SESSION_UNAVAILABLE" = "ERR_SESSION_UNAVAILABLE";
  override readonly status: 503 = 503;
}

/**
 * Any error that this library throws: a union, so that `code` tells which one.
 *
 * Its message, stack and inspected form never hold a session's key, token or value. So you may log
 * it and send its message to the client.
 */
export type SessionError =
  | InvalidKeyError
  | InvalidValueError
  | SessionEndedError
  | ConflictError
  | TooLargeError
  | InvalidRecordError
  | CrossOriginError
  | UsageError
  | ConfigurationError
  | UnavailableError;

/** The class behind {@link SessionError}, for `instanceof`. */
export const SessionError: abstract new () => SessionError = BaseError as never;

/** Every `code` of a {@link SessionError}. Codes are stable, so you can switch on them. */
export type SessionErrorCode = SessionError["code"];

const classes = {
  InvalidKeyError,
  InvalidValueError,
  SessionEndedError,
  ConflictError,
  TooLargeError,
  InvalidRecordError,
  CrossOriginError,
  UsageError,
  ConfigurationError,
  UnavailableError,
};

// On the prototypes, so that routers find no own property to copy into a response.
for (const [name, { prototype }] of Object.entries(classes)) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true });
}

/**
 * Returns whether an error is one of this library's. Unlike `instanceof` it also recognises errors
 * from another realm or from a second copy of the package. Afterwards `code` tells which error it
 * is.
 *
 * @param error - anything, such as the error that a `catch` clause received
 */
export function isSessionError(error: unknown): error is SessionError {
  if (typeof error !== "object" || error === null) return false;
  try {
    const { code } = error as { readonly code?: unknown };
    return typeof code === "string" && code.startsWith("ERR_SESSION_");
  } catch {
    // Whatever throws when it is looked at is no error of ours.
    return false;
  }
}
