import type { Program } from "../read-programs.ts";
import { handlePrograms } from "./handles.ts";
import { optionPrograms } from "./options.ts";

/** Programs of a line each, and the lines that all of them share. */
export interface Generated {
  readonly head: readonly string[];
  readonly programs: readonly Program[];
}

/**
 * Generates programs: schema shapes × verbs × places, parts of schemas × places, and options. Not
 * the whole product unless it is asked for.
 */
export function generatePrograms(isWhole: boolean): Generated {
  const { head, lines } = handlePrograms(isWhole);
  const programs = [...lines, ...optionPrograms()].map(({ code, says }) => ({
    id: `${says === undefined ? "right" : "wrong"}/generated: ${code}`,
    code,
    says: says ?? "",
    without: [],
  }));
  const shared = [
    "const value = z.number();",
    "const fn = z.custom<() => void>();",
    "class User { name = ''; greet() {} }",
    "declare const id: Value6;",
  ];
  return { head: [...shared, ...head], programs };
}
