import { describe, expect, it } from "vitest";
import { complaintsOfLines } from "../compiler.ts";
import { HEAD, programs } from "./generated-programs.ts";

const all = programs();
const module = HEAD + all.map(({ code }) => code).join("\n");
const first = HEAD.split("\n").length - 1;

describe.each([true, false])("with strict optional properties and indices: %s", (strict) => {
  const found = complaintsOfLines(module, {
    exactOptionalPropertyTypes: strict,
    noUncheckedIndexedAccess: strict,
  });
  const said = (index: number): string => found[first + index] ?? "";

  it("accepts every right program", () => {
    const right = all.filter(({ complaint }) => complaint === undefined);
    expect(right.length).toBeGreaterThanOrEqual(250);
    const refused = all.flatMap(({ code, complaint }, index) =>
      complaint === undefined && said(index) !== "" ? [`${code}\n${said(index)}`] : [],
    );
    expect(refused).toEqual([]);
  });

  it("refuses every wrong program with the sentence that fits", () => {
    const wrong = all.filter(({ complaint }) => complaint !== undefined);
    expect(wrong.length).toBeGreaterThanOrEqual(300);
    const passed = all.flatMap(({ code, complaint }, index) =>
      complaint !== undefined && (said(index) === "" || !said(index).includes(complaint))
        ? [`${code}\n${said(index)}`]
        : [],
    );
    expect(passed).toEqual([]);
  });
});
