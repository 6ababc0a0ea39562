import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const compilers = {
  "5.5": "typescript-5.5",
  "5.9": "typescript-5.9",
  "6.0": "typescript",
  "7.0": "typescript-7",
};
const modules = { nodenext: "nodenext", bundler: "esnext" };
const matrix = Object.entries(compilers).flatMap(([version, name]) =>
  Object.entries(modules).map(([resolution, module]) => ({ version, name, resolution, module })),
);

interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/**
 * Runs a compiler over files and returns its complaints. It finds the package as a user's compiler
 * does: as it was built.
 */
async function compile(
  name: string,
  id: string,
  options: object,
  files: readonly string[],
): Promise<Diagnostic[]> {
  const folder = `${root}node_modules/.cache/zession-types`;
  mkdirSync(folder, { recursive: true });
  const config = `${folder}/${id}.json`;
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    exactOptionalPropertyTypes: true,
    ...options,
  };
  writeFileSync(
    config,
    JSON.stringify({ compilerOptions, files: files.map((file) => root + file) }),
  );
  const output = await new Promise<string>((resolve) => {
    const tsc = spawn(
      process.execPath,
      [`${root}node_modules/${name}/bin/tsc`, "-p", config, "--pretty", "false"],
      { cwd: root },
    );
    let text = "";
    tsc.stdout.on("data", (chunk) => (text += chunk));
    tsc.stderr.on("data", (chunk) => (text += chunk));
    tsc.on("close", () => resolve(text));
  });
  const found: Diagnostic[] = [];
  for (const line of output.split("\n")) {
    const match = /^(.+?)\((\d+),\d+\): (error .*)$/.exec(line);
    if (match) found.push({ file: match[1] ?? "", line: Number(match[2]), text: match[3] ?? "" });
    else if (line.startsWith("error")) found.push({ file: "", line: 0, text: line });
  }
  return found;
}

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
  async ({ version, name, resolution, module }) => {
    const options = { module, moduleResolution: resolution, skipLibCheck: true };
    const found = await compile(name, `consumer-${version}-${resolution}`, options, [
      "test/types/consumer/app.ts",
    ]);
    expect(found).toEqual([]);
  },
);

// Without zod and valibot, whose own declarations would take four fifths of the time.
it.concurrent.each(Object.entries(compilers))(
  "the package's own declarations compile for users who check their libraries: TypeScript %s",
  { timeout: 300_000 },
  async (version, name) => {
    const options = { module: "nodenext", skipLibCheck: false, skipDefaultLibCheck: true };
    const found = await compile(name, `declarations-${version}`, options, [
      "test/types/consumer/entries.ts",
    ]);
    expect(found).toEqual([]);
  },
);

// How a package is found makes no difference to its types. On TypeScript 5.9, which it brings, tsd
// runs the same files.
it.concurrent.each(Object.entries(compilers).filter(([version]) => version !== "5.9"))(
  "the type tests hold: TypeScript %s",
  { timeout: 300_000 },
  async (version, name) => {
    const files = readdirSync(`${root}test-d`).map((file) => `test-d/${file}`);
    // Libraries are not checked: itty-router 6.0.0's declarations lack a file, and tsd's are not
    // made for every setting.
    const options = { module: "nodenext", skipLibCheck: true };
    const found = await compile(name, `types-${version}`, options, files);
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
