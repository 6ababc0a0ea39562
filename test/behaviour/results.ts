import { readFileSync } from "node:fs";

/** What a router's app did on one runtime: for each scenario `passed`, or why it was not run; or why none was. */
export type RouterResults = string | Readonly<Record<string, string>>;

/** The results of one runtime, by the names of the routers. */
export type Results = Readonly<Record<string, RouterResults>>;

/** The runtimes, as the columns of the table. Each has its results in a file of that name. */
export const runtimes: readonly string[] = [
  "Node 22.13",
  "Node 22",
  "Node 24",
  "Node 26",
  "Bun",
  "Deno",
  "workerd",
];

/** Where the results of a runtime are kept. */
export function resultsFile(runtime: string): URL {
  return new URL(`results/${runtime.toLowerCase().replaceAll(" ", "-")}.json`, import.meta.url);
}

/** Returns the results that were kept of a runtime's last run. */
export function readResults(runtime: string): Results {
  return JSON.parse(readFileSync(resultsFile(runtime), "utf8"));
}
