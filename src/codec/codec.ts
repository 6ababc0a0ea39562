import { InvalidRecordError } from "../errors.ts";
import { encodeValue } from "./encode-value.ts";
import { isTooDeep, MAX_DEPTH } from "./json-depth.ts";
import { parseStrictly } from "./parse-json.ts";
import { tooLarge } from "./refuse-value.ts";
import { revive } from "./revive.ts";

/** The version of the record's form. A later release wrote records with a higher one. */
const RECORD_VERSION = 1;

/** The start of a plain record's text, and the text after its value. */
const HEAD = '{"json":';
const TAIL = `,"v":${RECORD_VERSION},"at":`;
/** The text after the notes of any other record. Plain values may end with it too. */
const NOTES_END = ',"v":1}';

/** A later release wrote the record. It is never discarded, so no update overwrites it. */
export class NewerRecordError extends InvalidRecordError {}

/** A decoded record that is not yet validated. */
export interface Decoded {
  readonly value: unknown;
  /** When the session was created, in milliseconds since 1970. */
  readonly createdAt: number;
}

/**
 * Turns values into a record's text and back.
 *
 * The text is JSON, `{"json": …, "meta"?: …, "v": 1, "at": …}`, and `superjson.parse` reads it.
 * `meta` describes the parts that JSON lacks, such as dates. Plain JSON has no `meta`. superjson's
 * own code is not used: it is many times slower, has no size limit, and trusts every note that it
 * reads.
 */
export class Codec {
  readonly #maxBytes: number;
  readonly #isFresh: boolean;

  /**
   * @param maxBytes - the size limit of a record, in bytes of UTF-8
   * @param isFresh - whether the schema makes all objects and arrays of its output anew
   */
  constructor(maxBytes: number, isFresh: boolean) {
    this.#maxBytes = maxBytes;
    this.#isFresh = isFresh;
  }

  /**
   * Returns the text of a value's record without the date at its end.
   *
   * @param value - the schema's output
   * @throws InvalidValueError if a part of the value would change when it is read back
   * @throws TooLargeError if the value is certain to be larger than `maxBytes`, before the work is
   * done
   */
  encode(value: unknown): string {
    if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0))
      return HEAD + value + TAIL;
    const { json, notes } = encodeValue(value, this.#maxBytes, this.#isFresh);
    const head = HEAD + JSON.stringify(json);
    return notes === "" ? head + TAIL : `${head},"meta":{"values":${notes}${NOTES_END}${TAIL}`;
  }

  /**
   * Returns the whole text of a record.
   *
   * @param body - the text that `encode` returned
   *
   * @param at - when the session was created, in milliseconds since 1970
   * @throws TooLargeError if the text is longer than `maxBytes`
   */
  date(body: string, at: number): string {
    const text = `${body}${at}}`;
    if (this.#isTooLarge(text)) throw tooLarge(this.#maxBytes);
    return text;
  }

  /**
   * Returns the value and date of a record's text.
   *
   * @throws InvalidRecordError if the text is no record or is too large
   * @throws NewerRecordError if a later release wrote it
   */
  decode(text: string): Decoded {
    // Measured before parsing, because parsing a huge text is slow and risky.
    if (this.#isTooLarge(text)) throw unreadable(`is larger than ${this.#maxBytes} bytes`);
    const record = parsePlain(text) ?? parse(text);
    if (!isRecord(record)) throw unreadable("is damaged");
    if (record.v > RECORD_VERSION) {
      throw new NewerRecordError(
        "The stored session record was written by a later release. Update this one.",
      );
    }
    if (text.length > 2 * MAX_DEPTH && isTooDeep(text, record.json))
      throw unreadable("is nested too deep");
    return {
      value: record.meta === undefined ? record.json : reviveRich(record),
      createdAt: record.at,
    };
  }

  #isTooLarge(text: string): boolean {
    // A UTF-16 code unit takes one to three bytes of UTF-8: most texts need not be encoded to be
    // measured.
    if (text.length > this.#maxBytes) return true;
    if (text.length * 3 <= this.#maxBytes) return false;
    return new TextEncoder().encode(text).length > this.#maxBytes;
  }
}

interface ParsedRecord {
  json: unknown;
  meta?: unknown;
  v: number;
  at: number;
}

/**
 * Reads a plain record by the shape of its text, which is several times faster for a small value
 * than parsing the whole. Returns `undefined` for any other text.
 */
function parsePlain(text: string): ParsedRecord | undefined {
  // A date between 2001 and 2286 has 13 digits.
  const dateAt = text.length - 14;
  const end = dateAt - TAIL.length;
  if (
    !text.startsWith(TAIL, end) ||
    text.startsWith(NOTES_END, end - NOTES_END.length) ||
    !text.startsWith(HEAD) ||
    !text.endsWith("}")
  )
    return undefined;
  const at = wholeNumber(text, dateAt, dateAt + 13);
  if (at === undefined) return undefined;
  // If the text between head and tail is JSON, the record is plain. With a `meta` it is not.
  const json = wholeNumber(text, HEAD.length, end) ?? parse(text.slice(HEAD.length, end));
  return json === undefined ? undefined : { json, v: RECORD_VERSION, at };
}

/** Returns the number that a part of a text is, if it has 1 to 15 digits and no leading zero. */
function wholeNumber(text: string, start: number, end: number): number | undefined {
  if (end - start > 15 || text[start] === "0") return undefined;
  let number: number | undefined;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    number = 10 * (number ?? 0) + digit;
  }
  return number;
}

function parse(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    // A text of this codec is parsed and written back unchanged, unless V8 mistook a key with a
    // backslash for another.
    return !text.includes("\\") || JSON.stringify(parsed) === text ? parsed : parseStrictly(text);
  } catch {
    // Not kept as the cause: V8 quotes the text in its message.
    return undefined;
  }
}

function isRecord(record: unknown): record is ParsedRecord {
  if (typeof record !== "object" || record === null) return false;
  const { json, v, at } = record as Partial<ParsedRecord>;
  return json !== undefined && Number.isInteger(v) && v !== 0 && Number.isFinite(at);
}

function reviveRich({ json, meta }: ParsedRecord): unknown {
  try {
    return revive(json, (meta as { values?: unknown }).values);
  } catch {
    throw unreadable("is damaged");
  }
}

function unreadable(why: string): InvalidRecordError {
  return new InvalidRecordError(
    `The stored session record ${why}. Remove the session, insert a new value, or define it with onInvalid: "discard".`,
  );
}
