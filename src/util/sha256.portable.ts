import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as digest } from "@noble/hashes/sha2.js";

/**
 * Returns the SHA-256 of a text, at once, on runtimes that have only the asynchronous WebCrypto.
 *
 * @returns 43 characters of base64url
 */
export function hash(_algorithm: "sha256", text: string, _encoding: "base64url"): string {
  return base64url(digest(new TextEncoder().encode(text)));
}

/**
 * Returns a function that signs texts with a secret. A signature is the HMAC-SHA-256 (RFC 2104) of
 * a text in base64url, which is 43 characters long.
 */
export function hmacSha256(secret: string): (text: string) => string {
  const encoder = new TextEncoder();
  const key = encoder.encode(secret);
  return (text) => base64url(hmac(digest, key, encoder.encode(text)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
