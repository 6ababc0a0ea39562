import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as digest } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * Returns the SHA-256 of a text, at once, on runtimes that have only the asynchronous WebCrypto.
 *
 * @returns 43 characters of base64url, or 64 of hexadecimal
 */
export function hash(_algorithm: "sha256", text: string, encoding: "base64url" | "hex"): string {
  const bytes = digest(new TextEncoder().encode(text));
  return encoding === "hex" ? bytesToHex(bytes) : base64url(bytes);
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
