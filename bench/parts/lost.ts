import { Child } from "../lib/child.ts";
import { endProgress, showProgress } from "../lib/progress.ts";
import { type Chart, type Effort, figure, type Section } from "../lib/section.ts";
import type { Load, LoadResult } from "../workers/load.ts";
import { frameworks } from "./http.ts";

const REQUESTS = 1000;
const CONNECTIONS = 50;
const paths = { "/count": "no wait", "/slow": "1 ms" };

/** How many of a browser's updates are lost where it sends them at once. */
export async function lost({ isQuick }: Effort): Promise<Section> {
  await using load = await Child.start("load.ts");
  const rows: string[][] = [];
  const bars: Chart["bars"][number][] = [];
  const requests = isQuick ? 200 : REQUESTS;
  for (const [file, framework] of Object.entries(frameworks)) {
    const { apps } = (await import(`../apps/${file}.ts`)) as { apps: Record<string, unknown> };
    for (const name of Object.keys(apps)) {
      if (name === "bare" || name.endsWith("idle limit")) continue;
      const row = [framework, name];
      for (const [path, wait] of Object.entries(paths)) {
        showProgress(`lost updates on ${framework}`, `${name}, ${wait}`);
        await using server = await Child.start("serve.ts", [file, name]);
        const order: Load = {
          port: await server.ask<number>("port"),
          path,
          requests,
          connections: CONNECTIONS,
          isOneBrowser: true,
        };
        const { body, failed, seconds } = await load.ask<LoadResult>(order);
        if (failed > 0) throw new Error(`${failed} requests of ${name} on ${framework} failed`);
        // The first request, before all of these, has counted one.
        const missing = requests + 1 - Number(body);
        row.push(`${missing}`, figure(requests / seconds));
        if (path === "/slow") bars.push({ group: framework, name, value: missing });
      }
      rows.push(row);
    }
  }
  endProgress();
  const columns = ["on", "with", "lost, no wait", "requests/s", "lost, 1 ms", "requests/s "];
  const title = `Updates lost of ${requests}, over ${CONNECTIONS} connections of one browser`;
  return {
    title: "Lost updates",
    text: [
      "One browser counts up in its session over several connections at once. In the first column the program waits for nothing between reading and writing, in the second for a millisecond, as for a database.",
    ],
    tables: [
      {
        title,
        reading: "The lower the better: 0 means that every update is in the session in the end.",
        columns,
        rows,
      },
    ],
    charts: [{ file: "lost-updates", title, unit: "updates lost, 1 ms wait", bars }],
  };
}
