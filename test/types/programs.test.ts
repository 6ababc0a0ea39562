import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checkPrograms, type Setting } from "./programs/check.ts";
import { generatePrograms } from "./programs/generate/generate.ts";
import { readPrograms } from "./programs/read-programs.ts";
import { runProgram } from "./programs/run-program.ts";
import type { Vendor } from "./programs/translate.ts";
import type { Version } from "./tsc.ts";

const right = readPrograms("right");
const wrong = readPrograms("wrong");
/** Wrong programs that compile, and what they answer when they run. */
const leftToRunTime = readPrograms("left-to-run-time");
/** Right programs that do not compile, and what to write in their place. */
const refused = readPrograms("refused");
const generated = generatePrograms(false);

it("gives each program a title of its own", () => {
  const ids = [...right, ...wrong, ...leftToRunTime, ...refused].map((it) => it.id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

// The oldest compiler, the project's own and the newest; `npm run test:types` checks every
// combination.
const cells: readonly [Version, Vendor, Setting][] = [
  ["6.0", "zod", "strict"],
  ["5.5", "valibot", "loose"],
  ["7.0", "arktype", "strict"],
];

it.each(cells)(
  "right programs compile, and wrong ones are refused with the words that fit: TypeScript %s, %s, %s",
  { timeout: 300_000 },
  async (version, vendor, setting) => {
    const verdict = (await checkPrograms(version, [vendor], setting, generated)).get(vendor);
    expect(verdict?.faults).toEqual([]);
    expect(verdict?.right).toBeGreaterThan(1000);
    expect(verdict?.wrong).toBeGreaterThan(1500);
  },
);

it.each(leftToRunTime.filter((it) => !it.says.startsWith("nothing: ")))(
  "answers at run time: $id",
  async (program) => {
    expect(await runProgram(program)).toContain(program.says);
  },
);

it("counts as many programs as the documentation says, to the last hundred", () => {
  const page = readFileSync(new URL("../../docs/types.md", import.meta.url), "utf8");
  const { programs } = generatePrograms(true);
  const isOf = (kind: string) => programs.filter(({ id }) => id.startsWith(`${kind}/`)).length;
  const counts = {
    "written, wrong": wrong.length,
    "written, right": right.length,
    "generated, wrong": isOf("wrong"),
    "generated, right": isOf("right"),
  };
  for (const [name, count] of Object.entries(counts)) {
    const stated = `| ${name} | ${(Math.floor(count / 100) * 100).toLocaleString("en")} |`;
    expect(page).toContain(stated);
  }
  for (const [name, count] of [
    ["left to run time", leftToRunTime.length],
    ["refused, though right", refused.length],
  ] as const)
    expect(page).toContain(`| ${name} | ${count} |`);
});
