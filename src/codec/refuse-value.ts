import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidValueError, TooLargeError } from "../errors.ts";

/** Returns the error for a record that is too large. */
export function tooLarge(maxBytes: number): TooLargeError {
  return new TooLargeError(
    `The session's record is larger than ${maxBytes} bytes. Store less, or raise "maxBytes".`,
  );
}

/** Names an instance of a class that cannot be stored, and says what can be stored instead. */
export function describeInstance(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "Promise") return "a promise (await the value first)";
  if (value instanceof ArrayBuffer) return "an ArrayBuffer (use a typed array)";
  if (value instanceof Uint8Array) return "a Buffer (use a Uint8Array)";
  if (value instanceof Error) return "an Error (keep its message)";
  if (Object.getPrototypeOf(value) === null)
    return "an object without a prototype (spread it into {})";
  return "a class instance";
}

/** @throws InvalidValueError */
export function refuse(why: string, path: readonly PropertyKey[]): never {
  const issues: StandardSchemaV1.Issue[] = [{ message: why, path }];
  throw new InvalidValueError(
    `The session value holds something that would not come back as it is: ${why}. See error.issues for the path.`,
    issues,
  );
}
