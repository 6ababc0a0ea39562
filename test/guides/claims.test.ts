import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Claim, claims } from "./claims.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
/** The text of all tests, so that one may move to another file. */
const tests = globSync(["test/**/*.test.ts", "test-d/*.ts"], { cwd: fileURLToPath(root) })
  .map(read)
  .join("\n");
const flat = (text: string) => text.replace(/[\s-]+/g, " ");

describe.each(Object.entries(claims))("%s", (page, promises) => {
  it.each(promises)("promises %j, which a test shows", (words, test) => {
    expect(flat(read(page))).toContain(flat(words));
    expect(tests.includes(test), test).toBe(true);
  });
});

it("every part of the guide on cookies has a promise that a test shows", () => {
  const [, ...parts] = read("docs/cookies.md").split(/^## /m);
  const isIn =
    (part: string) =>
    ([words]: Claim) =>
      flat(part).includes(flat(words));
  const without = parts.filter((part) => !claims["docs/cookies.md"]?.some(isIn(part)));
  expect(without.map((it) => it.split("\n", 1)[0])).toEqual([]);
});

it("the table of the ASVS has every requirement of chapter 7, and names tests that there are", () => {
  const table = read("docs/asvs.md");
  const numbers = [...table.matchAll(/^\| (7\.\d\.\d) \|/gm)].map(([, number]) => number);
  // As many as version 5.0.0 has in each section.
  const sections = [3, 4, 2, 5, 3, 2];
  expect(numbers).toEqual(
    sections.flatMap((count, i) => Array.from({ length: count }, (_, j) => `7.${i + 1}.${j + 1}`)),
  );
  const named = [...table.matchAll(/\*([^*]+)\* \|$/gm)].map(([, test = ""]) => test);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((it) => !tests.includes(it))).toEqual([]);
});
