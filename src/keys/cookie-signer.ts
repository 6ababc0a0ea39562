import { hmacSha256 } from "#sha256";
import { TOKEN_FORM } from "./token.ts";

/** The form of a cookie's value: a token and its signature. */
const SIGNED_FORM = /^[\w-]{43}\.[\w-]{43}$/;

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
  readonly #prefix: string;
  /** Sign a text, each with its own secret. The first one signs new cookies. */
  readonly #signers: readonly ((text: string) => string)[];

  /**
   * @param name - the cookie's name
   * @param secrets - the first one signs, all of them verify
   */
  constructor(name: string, secrets: readonly string[]) {
    this.#prefix = `zession.1.${name}.`;
    this.#signers = secrets.map(hmacSha256);
  }

  /** Returns the cookie's value for a token. */
  sign(token: string): string {
    const [newest] = this.#signers as [(text: string) => string];
    return `${token}.${newest(this.#prefix + token)}`;
  }

  /** Returns the token of a cookie's value, or the reason why the value is refused. */
  verify(value: string): VerifiedToken | "malformed" | "signature" {
    if (!SIGNED_FORM.test(value)) return TOKEN_FORM.test(value) ? "signature" : "malformed";
    const token = value.slice(0, 43);
    const signature = value.slice(44);
    const text = this.#prefix + token;
    for (const signer of this.#signers) {
      if (isEqual(signature, signer(text))) return { token, isStale: signer !== this.#signers[0] };
    }
    return "signature";
  }
}

/** Compares two texts. The time does not depend on where they differ. */
function isEqual(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
