import type ts from "typescript";
import { expect, it } from "vitest";
import { type Complaint, complaints } from "../compiler.ts";
import { moduleOf, type Program, readPrograms } from "./programs/read-programs.ts";
import { runProgram } from "./programs/run-program.ts";

const right = readPrograms("right");
const wrong = readPrograms("wrong");
/** Wrong programs that compile, and what they answer when they run. */
const leftToRunTime = readPrograms("left-to-run-time");
/** Right programs that do not compile, and what to write in their place. */
const refused = readPrograms("refused");

const all = [...right, ...wrong, ...leftToRunTime, ...refused];
const configurations = [
  { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false },
  { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
];

/** What the compiler says about each program, with the options of one configuration. */
function compile(options: ts.CompilerOptions): Complaint[][] {
  const paths = all.map((_, index) => `types/programs/program-${index}.ts`);
  const modules = Object.fromEntries(all.map((it, index) => [paths[index], moduleOf(it)]));
  const found = complaints(modules, options);
  return paths.map((path) => found.filter((it) => it.module === path));
}

it("holds at least 300 wrong and 250 right programs, each with a title of its own", () => {
  expect(wrong.length).toBeGreaterThanOrEqual(300);
  expect(right.length).toBeGreaterThanOrEqual(250);
  const ids = all.map((it) => it.id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

it("right programs compile, and wrong ones are refused with the words that fit", () => {
  const verdicts = configurations.map(compile);
  const of = (program: Program) => verdicts.map((it) => it[all.indexOf(program)] ?? []);
  const compiles = (program: Program) => of(program).some((found) => found.length === 0);
  const ids = (programs: readonly Program[]) => programs.map((it) => it.id);

  const refusals = right.flatMap((it) => of(it).flatMap((found) => found.map((at) => [it.id, at])));
  expect(refusals, "right, but refused").toEqual([]);
  expect(ids(wrong.filter(compiles)), "wrong, but compiled").toEqual([]);
  const fits = (found: Complaint[], { says }: Program) =>
    says !== "" && found.some(({ at, message }) => `${at}\n${message}`.includes(says));
  const unfitting = wrong.filter((it) => !of(it).every((found) => fits(found, it)));
  expect(
    unfitting.map((it) => [it.id, it.says, of(it)]),
    "refused with other words",
  ).toEqual([]);

  // The lists of exceptions get shorter, not older.
  expect(ids(leftToRunTime.filter((it) => !compiles(it))), "refused by now").toEqual([]);
  const strictest = refused.filter((it) => of(it).every((found) => found.length === 0));
  expect(ids(strictest), "compiled by now").toEqual([]);
});

it.each(leftToRunTime.filter((it) => !it.says.startsWith("nothing: ")))(
  "answers at run time: $id",
  async (program) => {
    expect(await runProgram(program)).toContain(program.says);
  },
);
