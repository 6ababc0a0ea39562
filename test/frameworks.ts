// Builds the examples for frameworks with the package as npm would publish it, and drives them over
// HTTP: `npm run test:frameworks -- [next astro …]`. It installs each framework from npm and takes
// minutes. If nothing fails, it writes its rows of the table in docs/frameworks.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type App, apps } from "./frameworks/apps.ts";
import { build, pack, serve } from "./frameworks/project.ts";
import { hotReload, scenarios } from "./frameworks/scenarios.ts";
import { makeFolder, removeFolder } from "./servers/leftovers.ts";

const names = process.argv.slice(2);
const chosen = names.length === 0 ? apps : apps.filter((it) => names.includes(it.name));
const folder = makeFolder("frameworks");
const rows: Record<string, Record<string, string>> = {};

/** Returns what came of a step: a text for the table. Prints an error and goes on. */
async function tryOut(app: App, step: string, work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    process.exitCode = 1;
    console.error(`\n${app.title}, ${step}:`, error);
    return "FAILS";
  }
}

async function drive(app: App, project: string): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  const server = await serve(app, project, "start");
  for (const [name, scenario] of Object.entries(scenarios))
    results[name] = await tryOut(app, name, () => scenario({ ...app, origin: server.origin }));
  await server.stop();
  if (Object.values(results).includes("FAILS")) console.error(server.output());
  results["hot reload"] = await tryOut(app, "hot reload", () => hotReload(app, project));
  return results;
}

const tarball = await pack(folder);
for (const app of chosen) {
  const project = join(folder, app.name);
  mkdirSync(project);
  const started = performance.now();
  await tryOut(app, "build", async () => {
    const version = await build(app, project, tarball);
    const built = performance.now();
    rows[app.title] = { version, ...(await drive(app, project)) };
    const seconds = (from: number, to: number) => `${Math.round((to - from) / 1000)} s`;
    console.log(
      `${app.title} ${version}: ${seconds(started, built)} to install and build, ${seconds(built, performance.now())} to drive`,
    );
    return "";
  });
  // The largest has 400 MB.
  removeFolder(project);
}
removeFolder(folder);
console.table(rows);

if (process.exitCode === undefined) writeTable();

/** Writes the rows of the frameworks that ran to the docs. The others keep theirs. */
function writeTable(): void {
  const page = new URL("../docs/frameworks.md", import.meta.url);
  const [, before = "", table = "", after = ""] =
    /^(.*<!-- table -->\n)(.*)(<!-- end -->.*)$/s.exec(readFileSync(page, "utf8")) ?? [];
  const present = new Map(table.split("\n").map((line) => [line.split(" | ")[0], line]));
  for (const [title, row] of Object.entries(rows))
    present.set(`| ${title}`, `| ${[title, ...Object.values(row)].join(" | ")} |`);
  const columns = ["framework", "version", ...Object.keys(scenarios), "hot reload"];
  const lines = [
    `| ${columns.join(" | ")} |`,
    `|${"---|".repeat(columns.length)}`,
    ...apps.flatMap(({ title }) => present.get(`| ${title}`) ?? []),
  ];
  writeFileSync(page, `${before}\n${lines.join("\n")}\n\n${after}`);
}
