import { hash } from "#sha256";
import { ConflictError } from "../errors.ts";
import type { PresentedToken } from "./key-source.ts";

const SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** How many symbols a token has: six bits each, 258 in all (OWASP asks for 128, ASVS 7.2.3). */
const LENGTH = 43;

/**
 * Returns a new token from the runtime's cryptographic generator, in the alphabet of base64url.
 * Every symbol is equally likely, because 64 divides the 256 values of a byte.
 */
export function mintToken(): string {
  let token = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) token += SYMBOLS[byte & 63];
  return token;
}

/** The form of a token. A text that has it need not have been issued. */
export const TOKEN_FORM: RegExp = /^[\w-]{43}$/;

/** How many tokens are minted until one is new. If two are not, the random generator is broken. */
export const MAX_MINTS = 8;

/** Returns a new token with its key. */
export function newToken(): PresentedToken {
  const token = mintToken();
  return { token, key: hash("sha256", token, "base64url"), isStale: false };
}

/** Returns what to throw when new tokens keep being those of sessions that there are. */
export function brokenGenerator(): ConflictError {
  return new ConflictError(
    "The random generator keeps giving tokens that are in use. Nothing was stored.",
  );
}
