/** How many causes of causes are kept. A chain may be a circle. */
const MAX_CAUSES = 4;

/**
 * The words with which Redis begins a refusal (redis.io/docs, "RESP protocol spec", "Simple
 * errors").
 */
const REDIS_CODE =
  /^(ASK|BUSY|CLUSTERDOWN|CROSSSLOT|ERR|EXECABORT|LOADING|MASTERDOWN|MISCONF|MOVED|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|UNKILLABLE|WRONGPASS|WRONGTYPE) /;

/** The parts of an error that show operators why a driver failed. */
interface Details {
  /** A code such as `ECONNREFUSED`, Postgres' `57P01`, `SQLITE_BUSY` or Redis' `OOM`. */
  code?: string | number;
  errno?: number;
  /** SQLite's extended result code, as Node.js names it. */
  errcode?: number;
  syscall?: string;
}

/**
 * Returns a copy of an error without the parts that may hold a key, a token or a value.
 *
 * A client's own error may quote the statement and its arguments in its message, its stack and any
 * property. So only the name, the code and the numbers are kept, and the message if the operating
 * system made it.
 *
 * @param thrown - the error of a driver or a database client
 */
export function safeCause(thrown: unknown): Error {
  try {
    return safeCopy(thrown, MAX_CAUSES);
  } catch {
    return withoutStack(new Error("the error cannot be read"));
  }
}

function safeCopy(thrown: unknown, depth: number): Error {
  if (!(thrown instanceof Error)) return withoutStack(new Error(`not an Error: ${typeof thrown}`));
  const details = detailsOf(thrown);
  const isSystemError = details.syscall !== undefined && details.errno !== undefined;
  const message = isSystemError
    ? thrown.message
    : "the message is left out, because it may quote keys or values";
  const hasCause = thrown.cause !== undefined && depth > 1;
  const error = new Error(
    message,
    hasCause ? { cause: safeCopy(thrown.cause, depth - 1) } : undefined,
  );
  const name = wordOf(thrown.name) ?? "Error";
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return Object.assign(withoutStack(error), details);
}

function detailsOf(error: Error): Details {
  const { code, errno, errcode, syscall } = error as Error & Record<keyof Details, unknown>;
  const details: Details = {};
  const known =
    typeof code === "number" ? code : (wordOf(code) ?? REDIS_CODE.exec(error.message)?.[1]);
  if (known !== undefined) details.code = known;
  if (typeof errno === "number") details.errno = errno;
  if (typeof errcode === "number") details.errcode = errcode;
  const call = wordOf(syscall);
  if (call !== undefined) details.syscall = call;
  return details;
}

/** A name as programs write them. A sentence may hold anything. */
function wordOf(text: unknown): string | undefined {
  return typeof text === "string" && /^\w{1,40}$/.test(text) ? text : undefined;
}

/** Keeps only the first line of the stack, because the others lead here. */
function withoutStack(error: Error): Error {
  const value = `${error}`;
  return Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
}
