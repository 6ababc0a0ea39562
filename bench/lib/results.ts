import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { chartSvg } from "./chart-svg.ts";
import { type Section, tableText } from "./section.ts";

const results = new URL("../RESULTS.md", import.meta.url);
const charts = new URL("../charts/", import.meta.url);

const { dependencies } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { readonly dependencies: Readonly<Record<string, string>> };
const versions = Object.entries(dependencies).map((it) => it.join(" "));

const HEAD = `# Results

Written by \`npm run bench\`. Candidates are measured in turn, A B A B …; a figure is the median of the rounds, and a difference or a
ratio the median over the pairs. Compare within a table: the machine was another one, or busier, for the next.
With ${versions.join(", ")}.
`;

/** Prints what a part has measured. */
export function print({ tables, text, title }: Section): void {
  console.log(`\n## ${title}\n\n${text.join("\n\n")}`);
  for (const table of tables)
    console.log(`\n${table.title}\n\n${tableText(table)}\n\n${table.reading}`);
}

/** Puts what a part has measured into RESULTS.md, in place of what an earlier run put there, and draws its charts. */
export async function publish(section: Section): Promise<void> {
  mkdirSync(charts, { recursive: true });
  for (const chart of section.charts)
    writeFileSync(new URL(`${chart.file}.svg`, charts), await chartSvg(chart));
  const sections = new Map(published().map((text) => [titleOf(text), text]));
  sections.set(section.title, markdown(section));
  const sorted = [...sections].sort(([a], [b]) => a.localeCompare(b));
  writeFileSync(results, [HEAD, ...sorted.map(([, text]) => text)].join("\n"));
}

function markdown({ charts, tables, text, title }: Section): string {
  const [cpu] = cpus();
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${day}, Node ${process.versions.node}, ${cpus().length} × ${cpu?.model.trim()}, ${memory} GiB`;
  return [
    `## ${title}`,
    ...text,
    ...charts.map((chart) => `![${chart.title}](charts/${chart.file}.svg)`),
    ...tables.flatMap((table) => [`### ${table.title}`, table.reading, tableText(table)]),
    `${machine}.\n`,
  ].join("\n\n");
}

/** Returns the sections that are in RESULTS.md. */
function published(): string[] {
  let text: string;
  try {
    text = readFileSync(results, "utf8");
  } catch {
    return [];
  }
  return text.split(/^(?=## )/m).filter((it) => it.startsWith("## "));
}

function titleOf(section: string): string {
  return section.slice("## ".length, section.indexOf("\n"));
}
