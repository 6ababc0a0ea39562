import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The numbers that stand in brackets, as "(S14, D11)", in the files of a folder. */
function cited(folder: string): string[] {
  const files = readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" });
  return files
    .filter((it) => /\.m?ts$/.test(it))
    .flatMap((it) => [...read(`${folder}/${it}`).matchAll(/\(((?:[SCBD]\d+(?:, |\)))+)/g)])
    .flatMap(([, numbers]) => numbers?.match(/[SCBD]\d+/g) ?? []);
}

const numbers = [...new Set([...cited("test"), ...cited("test-d"), ...cited("src/testing")])];
const items = [...read("docs/checklist.md").matchAll(/^- \*\*([SCBD]\d+)\*\* /gm)].map(
  ([, it]) => it ?? "",
);

it("every item that a test cites stands in the checklist, once", () => {
  expect(items).toEqual([...new Set(items)]);
  expect(numbers.length).toBeGreaterThan(100);
  expect(numbers.filter((it) => !items.includes(it))).toEqual([]);
});

it("a test cites every item of the checklist", () => {
  // No test holds D21 yet.
  expect(items.filter((it) => !numbers.includes(it) && it !== "D21")).toEqual([]);
});
