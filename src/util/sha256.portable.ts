import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as digest } from "@noble/hashes/sha2.js";

/** SHA-256 of a text, in base64url: 43 characters. At once, where the runtime has WebCrypto only, which waits. */
export function sha256(text: string): string {
  return base64url(digest(new TextEncoder().encode(text)));
}

/** HMAC-SHA-256 (RFC 2104) of a text, in base64url: 43 characters. */
export function hmacSha256(secret: string, text: string): string {
  const encoder = new TextEncoder();
  return base64url(hmac(digest, encoder.encode(secret), encoder.encode(text)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
