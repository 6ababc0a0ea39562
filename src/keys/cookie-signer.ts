import { hmacSha256 } from "#sha256";
import { TOKEN_FORM } from "./token.ts";

/** A token of a signed cookie. */
export interface VerifiedToken {
  readonly token: string;
  /** Whether an older secret signed it. */
  readonly isStale: boolean;
}

/**
 * Signs tokens, so that a forged token is refused without a driver call. A signature holds for one
 * cookie name only. Signatures are compared in constant time.
 */
export class CookieSigner {
  readonly #name: string;
  readonly #secrets: readonly string[];

  /**
   * @param name - the cookie's name
   * @param secrets - the first one signs, all of them verify
   */
  constructor(name: string, secrets: readonly string[]) {
    this.#name = name;
    this.#secrets = secrets;
  }

  /** Returns the cookie's value for a token. */
  sign(token: string): string {
    return `${token}.${this.#signature(this.#secrets[0] as string, token)}`;
  }

  /** Returns the token of a cookie's value, or the reason why the value is refused. */
  verify(value: string): VerifiedToken | "malformed" | "signature" {
    const token = value.slice(0, 43);
    const signature = value.slice(44);
    if (!TOKEN_FORM.test(token)) return "malformed";
    if (value[43] !== "." || !TOKEN_FORM.test(signature))
      return value === token ? "signature" : "malformed";
    for (let age = 0; age < this.#secrets.length; age++) {
      const own = this.#signature(this.#secrets[age] as string, token);
      if (isEqual(signature, own)) return { token, isStale: age > 0 };
    }
    return "signature";
  }

  #signature(secret: string, token: string): string {
    return hmacSha256(secret, `zession.1.${this.#name}.${token}`);
  }
}

/** Compares two texts. The time does not depend on where they differ. */
function isEqual(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
