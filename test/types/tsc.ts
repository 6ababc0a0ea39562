import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The compilers that the package's types are for, by their versions. */
export const compilers = {
  "5.5": "typescript-5.5",
  "5.9": "typescript-5.9",
  "6.0": "typescript",
  "7.0": "typescript-7",
} as const;
export type Version = keyof typeof compilers;
export const versions = Object.keys(compilers) as Version[];

/** What a compiler says, and where. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Where the projects of tests lie. Modules in there find the package and its libraries. */
export const projects: string = `${root}node_modules/.cache/zession-types`;

/**
 * Runs a compiler over a project and returns its complaints. It finds the package as a user's
 * compiler does: as it was built. Files are paths from the repository's root.
 */
export async function compileProject(
  version: Version,
  id: string,
  options: object,
  files: readonly string[],
): Promise<Diagnostic[]> {
  if (newest(`${root}src`) > statSync(`${root}dist/index.d.ts`).mtimeMs)
    throw new Error("dist is older than src: npm run build");
  mkdirSync(projects, { recursive: true });
  const config = `${projects}/${id}.json`;
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
      [`${root}node_modules/${compilers[version]}/bin/tsc`, "-p", config, "--pretty", "false"],
      { cwd: root },
    );
    let text = "";
    tsc.stdout.on("data", (chunk) => (text += chunk));
    tsc.stderr.on("data", (chunk) => (text += chunk));
    tsc.on("close", () => resolve(text));
  });
  return parse(output);
}

/** When a file of a folder was changed last. */
function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(...files.map((file) => statSync(`${folder}/${file}`).mtimeMs));
}

/** Reads what a compiler prints: a line for each complaint, and indented lines that explain it. */
function parse(output: string): Diagnostic[] {
  const found: { file: string; line: number; column: number; text: string }[] = [];
  for (const line of output.split("\n")) {
    const match = /^(.+?)\((\d+),(\d+)\): (error .*)$/.exec(line);
    const [, file = "", row, column, text = ""] = match ?? [];
    const last = found.at(-1);
    if (match) found.push({ file, line: Number(row), column: Number(column), text });
    else if (line.startsWith(" ") && last !== undefined) last.text += `\n${line}`;
    else if (line.trim() !== "") found.push({ file: "", line: 0, column: 0, text: line });
  }
  return found;
}
