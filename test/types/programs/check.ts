import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { compileProject, type Diagnostic, projects, type Version } from "../tsc.ts";
import type { Generated } from "./generate/generate.ts";
import { moduleOf, type Program, readPrograms } from "./read-programs.ts";
import { translate, type Vendor } from "./translate.ts";

/** A program in a project: its module's lines, and which of them are its own. */
interface Placed {
  readonly program: Program;
  readonly vendor: Vendor;
  readonly file: string;
  readonly lines: readonly string[];
  readonly first: number;
  readonly last: number;
}

/** The ways in which a compiler's verdict can differ from the expected one. */
export const faults = [
  "right, but refused",
  "wrong, but compiled",
  "refused with other words",
  // The lists of exceptions get shorter, not older.
  "left to run time, but refused by now",
  "known to be refused, but compiled by now",
] as const;

/** A program on which a compiler's verdict is not the expected one. */
export interface Fault {
  readonly fault: (typeof faults)[number];
  readonly id: string;
  readonly code: string;
  /** What the compiler said. */
  readonly found: readonly string[];
}

/** With `exactOptionalPropertyTypes` and `noUncheckedIndexedAccess`, or without. */
export const settings = ["strict", "loose"] as const;
export type Setting = (typeof settings)[number];

/** How many programs a compiler has judged, and those that it judged otherwise than expected. */
export interface Verdict {
  readonly right: number;
  readonly wrong: number;
  readonly faults: readonly Fault[];
}

const written = [
  ...readPrograms("right"),
  ...readPrograms("wrong"),
  // Wrong programs that compile, and right ones that do not.
  ...readPrograms("left-to-run-time"),
  ...readPrograms("refused"),
];
const prelude = readFileSync(new URL("prelude.ts", import.meta.url), "utf8");
const root = new URL("../../../", import.meta.url).pathname;

/**
 * Checks the written and the generated programs with one compiler, with each of some schema
 * libraries. All of them are one project, because a compiler reads its libraries once for each.
 */
export async function checkPrograms(
  version: Version,
  vendors: readonly Vendor[],
  setting: Setting,
  generated: Generated,
): Promise<Map<Vendor, Verdict>> {
  const id = `programs-${version}-${vendors.length}-${setting}`;
  const folder = `${projects}/${id}`;
  rmSync(folder, { recursive: true, force: true });
  const placed = new Map(
    vendors.map((vendor) => [
      vendor,
      place(`${folder}/${vendor}`, version, vendor, setting, generated),
    ]),
  );
  const files = new Set([...placed.values()].flat().map(({ file }) => file));
  const options = {
    lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    exactOptionalPropertyTypes: setting === "strict",
    noUncheckedIndexedAccess: setting === "strict",
  };
  const paths = [...files].map((file) => file.slice(root.length));
  const found = await compileProject(version, id, options, paths);
  const elsewhere = found.find(({ file }) => !files.has(root + file));
  if (elsewhere !== undefined) throw new Error(`${elsewhere.file}: ${elsewhere.text}`);
  const ofFile = new Map<string, Diagnostic[]>();
  for (const it of found) ofFile.set(root + it.file, [...(ofFile.get(root + it.file) ?? []), it]);
  const verdicts = [...placed].map(([vendor, programs]): [Vendor, Verdict] => [
    vendor,
    {
      right: programs.filter(({ program }) => program.id.startsWith("right/")).length,
      wrong: programs.filter(({ program }) => program.id.startsWith("wrong/")).length,
      faults: programs.flatMap((it) => judge(it, ofFile.get(it.file) ?? [])),
    },
  ]);
  return new Map(verdicts);
}

/** Writes the programs that a library has words for into a folder. */
function place(
  folder: string,
  version: Version,
  vendor: Vendor,
  setting: Setting,
  generated: Generated,
): Placed[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/prelude.ts`, preludeOf(vendor));
  const modules = written.flatMap((program, index): Placed[] => {
    const isLeftOut = [version, vendor, setting].some((it) => program.without.includes(it));
    const code = isLeftOut ? undefined : translate(program.code, vendor);
    if (code === undefined) return [];
    const file = `${folder}/program-${index}.ts`;
    const lines = moduleOf(code, vendor).split("\n");
    writeFileSync(file, lines.join("\n"));
    return [{ program, vendor, file, lines, first: 1, last: lines.length }];
  });
  return [...modules, ...placeLines(`${folder}/generated.ts`, vendor, generated)];
}

/** Writes the generated programs, each of which is a line, into one module. */
function placeLines(file: string, vendor: Vendor, { head, programs }: Generated): Placed[] {
  const missing = new Set<string>();
  const write = (text: string): string | undefined => {
    const code = translate(text, vendor);
    const names = code?.match(/\b[A-Za-z]\w*\b/g) ?? [];
    return names.some((it) => missing.has(it)) ? undefined : code;
  };
  const shared = head.flatMap((declaration) => {
    const code = write(declaration);
    if (code === undefined) missing.add(nameOf(declaration));
    return code ?? [];
  });
  const own = programs.flatMap((program) => {
    const code = write(program.code);
    return code === undefined ? [] : { program, code };
  });
  const module = moduleOf([...shared, ...own.map(({ code }) => code)].join("\n"), vendor);
  writeFileSync(file, module);
  const lines = module.split("\n");
  const before = lines.indexOf(shared[0] ?? "") + shared.length;
  return own.map(({ program }, index) => {
    const line = before + index + 1;
    return { program, vendor, file, lines, first: line, last: line };
  });
}

/** The name that a declaration gives. */
const nameOf = (line: string): string => /^\w+ (?:const )?(\w+)/.exec(line)?.[1] ?? "";

const IMPORTS: Record<Vendor, string> = {
  zod: 'import { z } from "zod";',
  "zod/mini": 'import * as z from "zod/mini";',
  valibot: 'import * as v from "valibot";',
  arktype: 'import { type } from "arktype";',
};

function preludeOf(vendor: Vendor): string {
  const text = translate(prelude.replace(IMPORTS.zod, ""), vendor);
  if (text === undefined) throw new Error(`the prelude cannot be written with ${vendor}`);
  return `${IMPORTS[vendor]}\n${text}`;
}

/** Compares what a compiler said about a program with what is expected. */
function judge(placed: Placed, complaints: readonly Diagnostic[]): Fault[] {
  const { program, first, last } = placed;
  const own = complaints.filter(({ line }) => first <= line && line <= last);
  const fault = faultOf(placed, own);
  if (fault === undefined) return [];
  return [{ fault, id: program.id, code: program.code, found: own.map(({ text }) => text) }];
}

function faultOf(
  { program, vendor, lines }: Placed,
  found: readonly Diagnostic[],
): Fault["fault"] | undefined {
  const isRefused = found.length > 0;
  const [kind] = program.id.split("/");
  if (kind === "right") return isRefused ? "right, but refused" : undefined;
  if (kind === "left-to-run-time")
    return isRefused ? "left to run time, but refused by now" : undefined;
  if (kind === "refused") return isRefused ? undefined : "known to be refused, but compiled by now";
  if (!isRefused) return "wrong, but compiled";
  // The words are of a message, or those that are underlined.
  const words = [program.says, translate(program.says, vendor) ?? program.says];
  const fits = found.some(({ text, line, column }) => {
    const place = textAt(lines, line, column);
    return words.some((it) => text.includes(it) || place.startsWith(it));
  });
  return fits ? undefined : "refused with other words";
}

/** A module's text from a place on. */
function textAt(lines: readonly string[], line: number, column: number): string {
  return lines
    .slice(line - 1)
    .join("\n")
    .slice(column - 1);
}
