import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { filesOf, withAbsoluteLinks, withRelativeLinks } from "../../.ci/readme.ts";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import { entries, packPackage, root, run } from "./installed.ts";

const folder = makeFolder("tarball");
let tarball = "";
beforeAll(() => {
  tarball = packPackage(folder);
});
afterAll(() => removeFolder(folder));

it("types say what the program does, for every import of every entry", async () => {
  const data = new Uint8Array(readFileSync(tarball));
  const result = await checkPackage(createPackageFromTarballData(data));
  if (!("entrypoints" in result)) throw new Error("the package has no types");
  const checked = Object.keys(result.entrypoints);
  expect(checked).toEqual(expect.arrayContaining(entries.map((it) => it.replace("zession", "."))));
  const problems = result.problems.map((it) => ({
    kind: it.kind,
    resolution: "resolutionKind" in it ? it.resolutionKind : undefined,
  }));
  const allowed = [
    // A CommonJS module gets an ES module. That is meant: `require` loads one on every Node.js that
    // the package allows, which another test shows.
    { kind: "CJSResolvesToESM", resolution: "node16-cjs" },
    // A resolution without `exports`, which TypeScript has given up.
    { kind: "NoResolution", resolution: "node10" },
  ];
  for (const it of problems) expect(allowed).toContainEqual(it);
});

it("holds the program, its source for debuggers and editors, and nothing else", () => {
  const files = run(folder, "tar", "-tzf", tarball)
    .trim()
    .split("\n")
    .map((it) => it.replace("package/", ""));
  const others = files.filter((it) => !/^(dist|src)\//.test(it));
  expect(others.toSorted()).toEqual(["LICENSE", "README.md", "package.json"]);
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const modules = sources.filter((it) => /(?<![.]d)[.]ts$/.test(it));
  const built = modules.flatMap((it) =>
    [".js", ".d.ts", ".d.ts.map"].map((end) => `dist/${it.replace(/[.]ts$/, end)}`),
  );
  expect(files.filter((it) => it.startsWith("dist/")).toSorted()).toEqual(built.toSorted());
});

it("the README's links are absolute where npm shows it, and lead to files that there are", () => {
  const files = filesOf("github:owner/name") ?? "";
  const page = readFileSync(join(root, "README.md"), "utf8");
  const packed = withAbsoluteLinks(page, files);
  const targets = [...packed.matchAll(/\]\(([^)\s]+)/g)].map(([, target = ""]) => target);
  expect(targets.filter((it) => !/^(https:|#)/.test(it))).toEqual([]);
  const own = targets.filter((it) => it.startsWith(files));
  expect(own.length).toBeGreaterThan(5);
  const paths = own.map((it) => it.replace(files, "").replace(/#.*/, ""));
  expect(paths.filter((it) => !existsSync(join(root, it)))).toEqual([]);
  const code = (text: string) => text.match(/^```.*?^```/gms);
  expect(code(packed)).toEqual(code(page));
  expect(withRelativeLinks(packed, files)).toBe(page);
});

it("a repository in another form than the links need is refused, and a missing one is told", () => {
  expect(filesOf(undefined)).toBeUndefined();
  expect(() => filesOf("https://example.org/a.git")).toThrow("github:<owner>/<name>");
});
