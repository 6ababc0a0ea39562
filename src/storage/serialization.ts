import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Decoded, NewerRecordError } from "../codec/codec.ts";
import type { DriverRecord } from "../drivers/driver.ts";
import { InvalidRecordError, InvalidValueError } from "../errors.ts";
import type { Validated } from "../schema/value-validator.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { isForwardingMark } from "./forwarding-mark.ts";
import { withoutLine } from "./line-text.ts";
import { type AbsenceReason, NOTHING, type Result, type Storage } from "./storage.ts";

/** The start of nearly every record: it is no mark and has no line of writers. */
const ORDINARY = '{"json":';

/** A validated and encoded value. Later changes by its owner are not stored. */
export interface Serialized<Value> {
  /** The schema's output. */
  readonly value: Value;
  /** The text of its record without the date, which `Codec.date` adds. */
  readonly body: string;
}

/**
 * Validates a value as it is at this moment, and encodes it. Returns a promise only if the schema
 * is asynchronous.
 *
 * @throws InvalidValueError if the schema refuses the value, or a part would change when it is read
 * back
 * @throws TooLargeError
 */
export function serialize<Value>(
  storage: Storage<Value>,
  input: unknown,
): MaybePromise<Serialized<Value>> {
  const { schema } = storage;
  if (schema.isDirect) {
    const result = schema.standard.validate(input);
    if (!("then" in result)) {
      if (result.issues !== undefined) throw invalid(result.issues);
      return { value: result.value, body: storage.codec.encode(result.value) };
    }
    return schema.validateLater(input, result).then((it) => encoded(storage, it));
  }
  const validating = schema.validate(input);
  return validating instanceof Promise
    ? validating.then((result) => encoded(storage, result))
    : encoded(storage, validating);
}

function encoded<Value>(
  storage: Storage<Value>,
  result: StandardSchemaV1.Result<Validated<Value>>,
): Serialized<Value> {
  if (result.issues === undefined) {
    const { value, stored } = result.value;
    return { value, body: storage.codec.encode(stored) };
  }
  throw invalid(result.issues);
}

/** Returns the error of a value that its schema refuses. */
export function invalid(issues: readonly StandardSchemaV1.Issue[]): InvalidValueError {
  return new InvalidValueError(
    "The session value does not fit its schema and was not stored; see error.issues.",
    issues,
  );
}

/**
 * Turns a stored record into a value: checks its lifetime, decodes it, validates it.
 *
 * @param ignoreInvalid - whether a record that cannot be read counts as absent, regardless of
 * `onInvalid`
 * @throws InvalidRecordError
 */
export function deserialize<Value>(
  storage: Storage<Value>,
  key: string,
  record: DriverRecord | undefined,
  ignoreInvalid: boolean,
): MaybePromise<Result<Value>> {
  const found = decodeRecord(storage, key, record, ignoreInvalid);
  if (found.absence !== undefined) return found as Result<Value>;
  const { schema } = storage;
  let result: MaybePromise<StandardSchemaV1.Result<Value>>;
  try {
    result = schema.standard.validate(found.value) as typeof result;
  } catch (error) {
    result = schema.refused(error);
  }
  if (!("then" in result)) {
    if (result.issues !== undefined) return refused(storage, key, result, found, ignoreInvalid);
    const { value } = result;
    return { ...found, value, previous: value };
  }
  return Promise.resolve(result)
    .catch((error: unknown) => schema.refused(error))
    .then((it) => accepted(storage, key, it, found, ignoreInvalid));
}

/** Decodes a record without validating its value. */
export function decodeRecord(
  storage: Storage<unknown>,
  key: string,
  record: DriverRecord | undefined,
  ignoreInvalid: boolean,
): Result<unknown> {
  if (record === undefined) return NOTHING;
  const { text } = record;
  const isOrdinary = text.startsWith(ORDINARY);
  if (!isOrdinary && isForwardingMark(text)) return absent("moved");
  const { codec, lifetime } = storage;
  let decoded: Decoded;
  try {
    decoded = codec.decode(isOrdinary ? text : withoutLine(text));
  } catch (error) {
    if (lifetime.isOver(record, undefined, lifetime.now())) return ended(storage, key);
    // Records of a later release are never discarded.
    if (isDiscarded(storage, key, ignoreInvalid, error instanceof NewerRecordError))
      return absent("invalid");
    throw error;
  }
  const { value, createdAt } = decoded;
  if (lifetime.isOver(record, createdAt, lifetime.now())) return ended(storage, key);
  return {
    value,
    previous: value,
    absence: undefined,
    wasSeen: true,
    createdAt,
    isCookieDue: false,
  };
}

function accepted<Value>(
  storage: Storage<Value>,
  key: string,
  result: StandardSchemaV1.Result<Value>,
  found: Result<unknown>,
  ignoreInvalid: boolean,
): Result<Value> {
  if (result.issues !== undefined) return refused(storage, key, result, found, ignoreInvalid);
  const { value } = result;
  return { ...found, value, previous: value };
}

function refused(
  storage: Storage<unknown>,
  key: string,
  { issues }: StandardSchemaV1.FailureResult,
  { createdAt }: Result<unknown>,
  ignoreInvalid: boolean,
): Result<never> {
  if (isDiscarded(storage, key, ignoreInvalid, false)) return { ...absent("invalid"), createdAt };
  throw new InvalidRecordError(
    'The stored session value no longer fits its schema; see error.issues. Remove the session, insert a new value, or use onInvalid: "discard".',
    issues,
  );
}

/** Returns whether a record that cannot be read counts as absent, and emits an event about it. */
function isDiscarded(
  { discardInvalid, events }: Storage<unknown>,
  key: string,
  ignoreInvalid: boolean,
  isNewer: boolean,
): boolean {
  const discarded = ignoreInvalid || (discardInvalid && !isNewer);
  events.emit({ type: "invalid", discarded }, key);
  return discarded;
}

function ended({ events }: Storage<unknown>, key: string): Result<never> {
  events.emit({ type: "expired" }, key);
  return absent("ended");
}

function absent(absence: AbsenceReason): Result<never> {
  return { ...NOTHING, absence };
}
