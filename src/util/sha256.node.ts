import { createHmac, hash } from "node:crypto";

/**
 * Returns the SHA-256 of a text, at once, by the runtime's own code: 43 characters of base64url.
 */
export { hash };

/** Returns the HMAC-SHA-256 (RFC 2104) of a text in base64url, which is 43 characters long. */
export function hmacSha256(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
