import { InvalidRecordError } from "../errors.ts";
import { encodeValue, tooLarge } from "./encode-value.ts";
import { isTooDeep, MAX_DEPTH } from "./json-depth.ts";
import { parseStrictly } from "./parse-json.ts";
import { revive } from "./revive.ts";

/** The version of the record's own form. A record that says more was written by a later release. */
const RECORD_VERSION = 1;

/** How the text of a plain record begins, and how it goes on behind the value. */
const HEAD = '{"json":';
const TAIL = `,"v":${RECORD_VERSION},"at":`;
/** How the text of any other record goes on behind its notes. Plain values may end so too. */
const NOTES_END = ',"v":1}';

/** A record that a later release wrote. Never discarded and so never overwritten by an update. */
export class NewerRecordError extends InvalidRecordError {}

/** A record, decoded but not yet seen by the schema. */
export interface Decoded {
  readonly value: unknown;
  /** When the session was created, in milliseconds since 1970. */
  readonly createdAt: number;
}

/**
 * Turns values into a record's text and back.
 *
 * The text is JSON, `{"json": …, "meta"?: …, "v": 1, "at": …}`, and `superjson.parse` reads it. `meta` tells what JSON
 * lacks, such as dates; plain JSON has none. superjson's own code is not used: it takes many times as long, does not
 * stop at a size, and believes every note that it reads.
 */
export class Codec {
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns the text of a value's record, but for its date.
   *
   * @param value - what the schema gave out
   * @throws InvalidValueError if part of the value would not come back as it is
   * @throws TooLargeError if the value is certain to be larger than `maxBytes`, before the work is done
   */
  encode(value: unknown): string {
    if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0))
      return HEAD + value + TAIL;
    const { json, notes } = encodeValue(value, this.#maxBytes);
    const head = HEAD + JSON.stringify(json);
    if (notes === undefined) return head + TAIL;
    return `${head},"meta":{"values":${JSON.stringify(notes)}${NOTES_END}${TAIL}`;
  }

  /**
   * Completes what `encode` returned.
   *
   * @param at - when the session was created, in milliseconds since 1970
   * @throws TooLargeError if the text is longer than `maxBytes`
   */
  date(body: string, at: number): string {
    const text = `${body}${at}}`;
    if (this.#isTooLarge(text)) throw tooLarge(this.#maxBytes);
    return text;
  }

  /** @throws InvalidRecordError if the text is no record or too large; NewerRecordError if it is of a later version */
  decode(text: string): Decoded {
    // Measured before parsing: what is too large to have been written is not worth the work, or the risk.
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
    // A UTF-16 code unit takes one to three bytes of UTF-8: most texts need not be encoded to be measured.
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
 * Reads what `encode` wrote for plain JSON by its shape: for a small value several times faster than parsing the whole.
 * Gives `undefined` for any other text.
 */
function parsePlain(text: string): ParsedRecord | undefined {
  // From the last digit of `at` backwards.
  let index = text.length - 2;
  let at = 0;
  for (let unit = 1; index > 0; unit *= 10, index--) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) break;
    at += digit * unit;
  }
  const end = index + 1 - TAIL.length;
  if (
    index === text.length - 2 ||
    !text.startsWith(TAIL, end) ||
    text.startsWith(NOTES_END, end - NOTES_END.length) ||
    !text.startsWith(HEAD) ||
    !text.endsWith("}")
  )
    return undefined;
  // Is what stands between head and tail JSON, then the whole is what it looks like. (Beside a `meta` it is not.)
  const json = parse(text.slice(HEAD.length, end));
  return json === undefined ? undefined : { json, v: RECORD_VERSION, at };
}

function parse(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    // What this codec wrote reads back as the same text, unless a key with a backslash was mistaken for another.
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
