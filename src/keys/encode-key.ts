import { InvalidKeyError } from "../errors.ts";

/**
 * The length limit of a driver key, in ASCII characters and so in bytes. It is the limit of
 * Cloudflare KV.
 */
export const MAX_KEY_LENGTH = 512;

const SAFE_TEXT = /^[\w.-]*$/;

/**
 * Returns the text of a key. It holds only what every driver accepts: letters, digits and
 * `_.-~%(),=`.
 *
 * Two different keys never have the same text. Text is percent-encoded to letters, digits and
 * `_.-`. Other types start with `~`, which encoded text cannot hold. A comma follows each element,
 * so that `[]` and `[""]` differ. The result is safe in Redis (no glob, no hash tag), SQL, URLs and
 * file names.
 *
 * @throws InvalidKeyError if the key cannot be turned into text
 */
export function encodeKey(key: unknown, depth: number = 0): string {
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
    // By index, because a hole then reads as undefined and is refused.
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

/**
 * Returns the percent-encoded text.
 *
 * @throws InvalidKeyError if the text is not well-formed Unicode
 */
export function encodeText(text: string): string {
  if (SAFE_TEXT.test(text)) return text;
  if (text.length > MAX_KEY_LENGTH) tooLong();
  try {
    return encodeURIComponent(text).replace(
      /[!'()*~]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch {
    return refuse("is not well-formed Unicode (a lone surrogate)");
  }
}

/** @throws InvalidKeyError */
export function tooLong(): never {
  refuse(`is longer than ${MAX_KEY_LENGTH} bytes once encoded`);
}

function refuse(why: string): never {
  throw new InvalidKeyError(`The session key cannot be used: it ${why}.`, [
    { message: `The key ${why}.` },
  ]);
}
