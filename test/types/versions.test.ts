import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";
import { compileProject, type Diagnostic, versions } from "./tsc.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const modules = { nodenext: "nodenext", bundler: "esnext" };
const matrix = versions.flatMap((version) =>
  Object.entries(modules).map(([resolution, module]) => ({ version, resolution, module })),
);

/**
 * The lines of each `expectError(…)` of a file: there, and nowhere else, the compiler has to
 * complain.
 */
function expectedErrors(file: string): { from: number; to: number }[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(root + file, "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const found: { from: number; to: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === "expectError") {
      found.push({ from: lineOf(node.getStart()), to: lineOf(node.getEnd()) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

it.concurrent.each(matrix)(
  "a user's project compiles: TypeScript $version, $resolution",
  { timeout: 300_000 },
  async ({ version, resolution, module }) => {
    const options = { module, moduleResolution: resolution, skipLibCheck: true };
    const found = await compileProject(version, `consumer-${version}-${resolution}`, options, [
      "test/types/consumer/app.ts",
    ]);
    expect(found).toEqual([]);
  },
);

// Without zod and valibot, whose own declarations would take four fifths of the time.
it.concurrent.each(versions)(
  "the package's own declarations compile for users who check their libraries: TypeScript %s",
  { timeout: 300_000 },
  async (version) => {
    const options = { module: "nodenext", skipLibCheck: false, skipDefaultLibCheck: true };
    const found = await compileProject(version, `declarations-${version}`, options, [
      "test/types/consumer/entries.ts",
    ]);
    expect(found).toEqual([]);
  },
);

// How a package is found makes no difference to its types. On TypeScript 5.9, which it brings, tsd
// runs the same files.
it.concurrent.each(versions.filter((version) => version !== "5.9"))(
  "the type tests hold: TypeScript %s",
  { timeout: 300_000 },
  async (version) => {
    const files = readdirSync(`${root}test-d`).map((file) => `test-d/${file}`);
    // Libraries are not checked: itty-router 6.0.0's declarations lack a file, and tsd's are not
    // made for every setting.
    const options = { module: "nodenext", skipLibCheck: true };
    const found = await compileProject(version, `types-${version}`, options, files);
    const unexpected: Diagnostic[] = [];
    const expected = new Map(files.map((file) => [file, expectedErrors(file)]));
    const met = new Set<object>();
    for (const diagnostic of found) {
      const file = files.find((it) => diagnostic.file.endsWith(it)) ?? "";
      const place = expected
        .get(file)
        ?.find(({ from, to }) => from <= diagnostic.line && diagnostic.line <= to);
      if (place === undefined) unexpected.push(diagnostic);
      else met.add(place);
    }
    expect(unexpected).toEqual([]);
    const unmet = [...expected].flatMap(([file, places]) =>
      places.filter((it) => !met.has(it)).map((it) => `${file}:${it.from}`),
    );
    expect(unmet).toEqual([]);
    expect(met.size).toBeGreaterThan(100);
  },
);
