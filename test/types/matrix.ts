// Checks every program with each compiler, each schema library and each setting, and prints a
// table: `npm run test:types -- [version…] [library…] [strict | loose] [whole]`. `whole` generates
// the whole product, which takes a compiler minutes.
import { checkPrograms, type Fault, faults, settings } from "./programs/check.ts";
import { generatePrograms } from "./programs/generate/generate.ts";
import { vendors } from "./programs/translate.ts";
import { versions } from "./tsc.ts";

const chosen = process.argv.slice(2);
const among = <Name extends string>(names: readonly Name[]): readonly Name[] =>
  names.some((it) => chosen.includes(it)) ? names.filter((it) => chosen.includes(it)) : names;

const generated = generatePrograms(chosen.includes("whole"));
const rows: object[] = [];
const found = new Map<string, Fault & { readonly in: string[] }>();
for (const version of among(versions)) {
  for (const setting of among(settings)) {
    const verdicts = await checkPrograms(version, among(vendors), setting, generated);
    for (const [vendor, { right, wrong, faults: own }] of verdicts) {
      const counts = faults.map((kind) => [kind, own.filter(({ fault }) => fault === kind).length]);
      rows.push({
        TypeScript: version,
        schemas: vendor,
        setting,
        right,
        wrong,
        ...Object.fromEntries(counts),
      });
      for (const fault of own) {
        const name = `${fault.fault}: ${fault.id}`;
        const known = found.get(name) ?? { ...fault, in: [] };
        known.in.push(`${version} ${vendor} ${setting}`);
        found.set(name, known);
      }
    }
  }
}
for (const [name, { code, found: said, in: where }] of found)
  console.log(`${name}\n  in ${where.join(", ")}\n${code}\n  ${said.join("\n  ")}\n`);
console.table(rows);
process.exitCode = found.size === 0 ? 0 : 1;
