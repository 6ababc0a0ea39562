import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { cookieKey, defineSession } from "zession";
import { z } from "zod";
import { mintToken } from "../../src/keys/token.ts";
import * as node from "../../src/util/sha256.node.ts";
import * as portable from "../../src/util/sha256.portable.ts";

describe("tokens", () => {
  it("are 100,000 times different, of 128 bits and more, and not from Math.random (S1)", async () => {
    const random = vi.spyOn(Math, "random").mockImplementation(() => {
      throw new Error("not from here");
    });
    try {
      const tokens = new Set(Array.from({ length: 100_000 }, mintToken));
      expect(tokens.size).toBe(100_000);
      for (const token of tokens) {
        if (Buffer.from(token, "base64url").length < 32) expect.fail(token);
      }
      // The session takes its tokens from there.
      const visits = defineSession({ key: z.string(), value: z.number(), keyFn: cookieKey() });
      const request = new Request("https://shop.example");
      await (await visits.fromRequest(request)).insert(1);
      expect(visits.finalize(new Response(), request).headers.getSetCookie()).toHaveLength(1);
    } finally {
      random.mockRestore();
    }
  });

  it("are made of 64 symbols, all as likely, at every place (S2)", () => {
    const places = Array.from({ length: 43 }, () => new Map<string, number>());
    const all = new Map<string, number>();
    const tokens = 23_256;
    for (let i = 0; i < tokens; i++) {
      for (const [place, symbol] of [...mintToken()].entries()) {
        const counts = places[place];
        counts?.set(symbol, (counts.get(symbol) ?? 0) + 1);
        all.set(symbol, (all.get(symbol) ?? 0) + 1);
      }
    }
    const chiSquare = (counts: Map<string, number>, total: number) => {
      const expected = total / 64;
      return [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    };
    expect(all.size).toBe(64);
    // 63 degrees of freedom: above 140 once in ten million times.
    expect(chiSquare(all, tokens * 43)).toBeLessThan(140);
    for (const counts of places) expect(chiSquare(counts, tokens)).toBeLessThan(140);
  });

  it("have no meaning: two of them share nothing (S12)", () => {
    const [one, two] = [mintToken(), mintToken()];
    for (let i = 0; i + 6 <= one.length; i++) expect(two).not.toContain(one.slice(i, i + 6));
  });
});

describe.each([
  ["node:crypto", node],
  ["portable", portable],
])("hashing by %s", (_, { hash, hmacSha256 }) => {
  const sha256 = (text: string) => hash("sha256", text, "base64url");

  it("is SHA-256 (FIPS 180-4)", () => {
    expect(sha256("abc")).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    expect(sha256("")).toBe("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
  });

  it("is HMAC-SHA-256 (RFC 4231, test case 2)", () => {
    const hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    expect(hmacSha256("Jefe")("what do ya want for nothing?")).toBe(
      Buffer.from(hex, "hex").toString("base64url"),
    );
  });

  it("agrees with Node's own on every text, whatever was signed before", () => {
    const texts = ["ü", "\u{1f4a9}", "x".repeat(1000), "", "\0", mintToken()];
    for (const text of texts) expect(sha256(text)).toBe(node.hash("sha256", text, "base64url"));
    for (const secret of ["k", "x".repeat(64), "ü".repeat(100)]) {
      const sign = hmacSha256(secret);
      for (const text of texts)
        expect(sign(text)).toBe(createHmac("sha256", secret).update(text).digest("base64url"));
    }
  });
});
