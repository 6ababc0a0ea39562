import { Child } from "../lib/child.ts";
import { endProgress, showProgress } from "../lib/progress.ts";
import { type Chart, type Effort, figure, type Section } from "../lib/section.ts";
import type { Expiry } from "../workers/expiry.ts";
import type { Filled, Filling } from "../workers/heap.ts";

const NODE_OPTIONS = ["--expose-gc", "--max-old-space-size=6000"];
const candidates = ["a bare Map", "express-session", "Zession"] as const;

/** What many sessions in this process's memory cost: each of them, and a verb among them. */
export async function memory({ isQuick }: Effort): Promise<Section> {
  const rows: string[][] = [];
  const bars: Chart["bars"][number][] = [];
  const first: Partial<Record<string, number>> = {};
  for (const count of isQuick ? [1e3, 1e4] : [1e3, 1e4, 1e5, 1e6]) {
    for (const what of candidates) {
      showProgress("sessions in memory", `${figure(count)} in ${what}`);
      await using child = await Child.start("heap.ts", [], NODE_OPTIONS);
      const filling: Filling = { what, count };
      const { bytes, nanoseconds } = await child.ask<Filled>(filling);
      first[what] ??= nanoseconds;
      const growth = nanoseconds / (first[what] ?? nanoseconds);
      const sessions = count.toLocaleString("en");
      rows.push([sessions, what, figure(bytes), figure(nanoseconds / 1000), figure(growth)]);
      bars.push({ group: `${sessions} sessions`, name: what, value: nanoseconds / 1000 });
    }
  }
  const count = isQuick ? 1e4 : 1e6;
  showProgress("expiry", figure(count));
  await using child = await Child.start("expiry.ts", [], NODE_OPTIONS);
  const expiry = await child.ask<Expiry>(count);
  endProgress();
  return {
    title: "Memory: from a thousand sessions to a million",
    text: [
      "Each session holds a number and a user's name under a key of 43 characters. A bare `Map` of JSON text, validated by zod, has no expiry and no bound; express-session's is its `MemoryStore`. An update takes longer among more of them wherever they are: fewer are in the processor's caches.",
    ],
    tables: [
      {
        title: "Sessions in memory",
        reading:
          "The last column tells how many times as long an update takes as among a thousand: compare it with that of the bare Map.",
        columns: ["sessions", "in", "bytes each", "µs an update", "× among 1,000"],
        rows,
      },
      {
        title: `The expiry of ${count.toLocaleString("en")} sessions`,
        reading:
          "Expired sessions are cleared away by `sweep()`, or a few at a time by the writes that come after.",
        columns: ["what", "figure"],
        rows: expiryRows(expiry),
      },
    ],
    charts: [
      {
        file: "memory",
        title: "An update among many sessions",
        unit: "µs",
        bars,
      },
    ],
  };
}

function expiryRows(expiry: Expiry): string[][] {
  return [
    ["sessions cleared away by sweep()", expiry.swept.toLocaleString("en")],
    ["seconds", figure(expiry.seconds)],
    ["longest pause for others, ms", figure(expiry.longestPause)],
    ["heap before, MB", figure(expiry.full / 1e6)],
    ["heap after, MB", figure(expiry.empty / 1e6)],
    ["µs for a write", figure(expiry.write / 1000)],
    ["µs for a write that clears expired ones away", figure(expiry.clearingWrite / 1000)],
  ];
}
