import { expect, it } from "vitest";
import { bundle } from "../bundle.ts";

/** Bytes, minified and gzipped. What was measured, and a fiftieth more. Lower it with every cut. */
const CEILING = 28_600;

it("defineSession with cookieKey stays small in a user's bundle, without the schema library", async () => {
  const { files, gzipped, minified } = await bundle(
    'export { cookieKey, defineSession } from "zession";',
  );
  const largest = Object.entries(files).sort(([, a], [, b]) => b - a);
  console.log(`${minified} bytes minified, ${gzipped} gzipped (at most ${CEILING}). The largest:`);
  for (const [file, bytes] of largest.slice(0, 5)) console.log(`${bytes} ${file}`);
  expect(gzipped).toBeLessThanOrEqual(CEILING);
});

it("defineSession leaves out the key sources, drivers and tests that a program does not use", async () => {
  const { files } = await bundle('export { defineSession } from "zession";');
  const paths = Object.keys(files).filter((path) => (files[path] ?? 0) > 0);
  expect(paths).toContain("src/definition/define-session.ts");
  expect(paths).not.toContain("src/keys/cookie.ts");
  expect(paths).not.toContain("src/keys/cookie-options.ts");
  expect(paths.filter((path) => path.startsWith("src/testing/"))).toEqual([]);
  expect(paths.filter((path) => /^src\/drivers\/(redis|postgres|sqlite)/.test(path))).toEqual([]);
});
