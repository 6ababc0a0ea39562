import { sha256 } from "#sha256";
import { InvalidKeyError } from "./errors.ts";

/** The longest driver key, in ASCII characters and so in bytes. Cloudflare KV takes no more. */
export const MAX_KEY_LENGTH = 512;

const SAFE_TEXT = /^[\w.-]*$/;

/**
 * The texts under which a driver keeps the sessions of one definition.
 *
 * Injective: two different pairs of a name and a key never give one text. Text is percent-encoded down to letters, digits
 * and `_.-`; everything else starts with `~`, which encoded text cannot hold. Elements end (rather than part) with a comma,
 * so that `[]` and `[""]` differ. What comes out is safe in Redis (no glob, no hash tag), SQL, URLs and file names.
 */
export class KeyText {
  readonly #prefix: string;
  readonly #hashed: boolean;

  /**
   * @param hashed - whether keys are secrets, of which only a hash may be kept
   * @throws InvalidKeyError if the name is not well-formed Unicode
   */
  constructor(name: string, hashed: boolean) {
    this.#prefix = `${encodeText(name)}:`;
    this.#hashed = hashed;
  }

  /** @throws InvalidKeyError if the key cannot be turned into a text of at most 512 characters */
  of(key: unknown): string {
    if (this.#hashed) {
      // No other kind of key begins with a quote.
      return this.#prefix + sha256(typeof key === "string" ? `"${key}` : encodeKey(key, 0));
    }
    const text = this.#prefix + encodeKey(key, 0);
    if (text.length > MAX_KEY_LENGTH) refuse(`is longer than ${MAX_KEY_LENGTH} bytes once encoded`);
    return text;
  }
}

function encodeKey(key: unknown, depth: number): string {
  switch (typeof key) {
    case "string":
      return encodeText(key);
    case "number":
      if (!Number.isFinite(key)) refuse("is not a finite number");
      return `~n${key}`;
    case "bigint":
      return `~i${key}`;
    case "boolean":
      return key ? "~t" : "~f";
    case "object":
      return encodeObject(key, depth);
    default:
      return refuse(`is of type ${typeof key}, which cannot select a session`);
  }
}

function encodeObject(key: object | null, depth: number): string {
  if (key === null) return "~z";
  if (depth > 8) refuse("is nested more than 8 levels deep");
  if (Array.isArray(key)) {
    let text = "~(";
    // By index: a hole is refused as the undefined it reads as.
    for (let i = 0; i < key.length; i++) text += `${encodeKey(key[i], depth + 1)},`;
    return `${text})`;
  }
  if (key instanceof Date) {
    if (Number.isNaN(key.getTime())) refuse("is an invalid date");
    return `~d${key.getTime()}`;
  }
  const prototype = Object.getPrototypeOf(key);
  if (prototype !== Object.prototype && prototype !== null) refuse("is a class instance");
  let text = "~o(";
  for (const [field, value] of Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))) {
    // An optional field that is absent and one that is undefined select the same session.
    if (value !== undefined) text += `${encodeText(field)}=${encodeKey(value, depth + 1)},`;
  }
  return `${text})`;
}

function encodeText(text: string): string {
  if (SAFE_TEXT.test(text)) return text;
  if (text.length > MAX_KEY_LENGTH) refuse(`is longer than ${MAX_KEY_LENGTH} bytes once encoded`);
  try {
    return encodeURIComponent(text).replace(
      /[!'()*~]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch {
    return refuse("is not well-formed Unicode (a lone surrogate)");
  }
}

function refuse(why: string): never {
  throw new InvalidKeyError(`The session key cannot be used: it ${why}.`, [
    { message: `The key ${why}.` },
  ]);
}
