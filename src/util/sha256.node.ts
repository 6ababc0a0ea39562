import { createHash, createHmac } from "node:crypto";

/** SHA-256 of a text, in base64url: 43 characters. At once, by the runtime's own code. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** HMAC-SHA-256 (RFC 2104) of a text, in base64url: 43 characters. */
export function hmacSha256(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
