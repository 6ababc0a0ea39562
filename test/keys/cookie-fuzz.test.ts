import { expect, it } from "vitest";
import { fuzzCookies } from "./cookie-fuzz.ts";

it("100,000 random Cookie headers throw nothing, ask the driver for no malformed token and open nobody's session (S4, S46, B12)", async () => {
  const { sent, opened, asked } = await fuzzCookies(100_000);
  expect(sent).toBeGreaterThanOrEqual(100_000);
  // The headers are not all nonsense: some hold the session's cookie, and some a token of nobody.
  expect(opened).toBeGreaterThan(5_000);
  expect(asked).toBeGreaterThan(opened);
  expect(opened).toBeLessThan(sent / 2);
});
