import { Child } from "../lib/child.ts";
import { inTurn } from "../lib/in-turn.ts";
import { type Chart, type Effort, figure, type Section, type Table } from "../lib/section.ts";
import { median, medianDifference } from "../lib/statistics.ts";
import type { Load, LoadResult } from "../workers/load.ts";

/** The frameworks, by their file in `apps/`. */
export const frameworks: Readonly<Record<string, string>> = {
  node: "node:http",
  express: "Express",
  fastify: "Fastify",
  hono: "Hono",
  itty: "itty-router",
};

const paths = {
  "/count": "a request that changes the session",
  "/read": "a request that reads it",
};
const CONNECTIONS = 16;

/** What a session costs a request, over HTTP, in processor time of the server. */
export async function http({ isQuick }: Effort): Promise<Section> {
  await using load = await Child.start("load.ts");
  const tables: Table[] = [];
  const charts: Chart[] = [];
  for (const [path, what] of Object.entries(paths)) {
    const rows: string[][] = [];
    const bars: Chart["bars"][number][] = [];
    for (const [file, framework] of Object.entries(frameworks)) {
      const costs = await measure(load, file, path, isQuick);
      for (const [name, { cost, requests, total }] of Object.entries(costs)) {
        rows.push([framework, name, figure(total), figure(cost), figure(requests)]);
        if (name !== "bare") bars.push({ group: framework, name, value: cost });
      }
    }
    const columns = ["on", "with", "µs a request", "µs more than bare", "requests/s"];
    tables.push({ title: `The cost of ${what}`, columns, rows });
    charts.push({
      file: `http${path.replace("/", "-")}`,
      title: `The cost of ${what}`,
      unit: "µs of processor time, beside the same framework without sessions",
      bars,
    });
  }
  return {
    title: "HTTP: the cost of a session per request",
    text: [
      "Each program runs in a process of its own and keeps a count in a session in its memory; another process makes the load over 16 connections, each a browser with its own cookie. µs are processor time of the server, system calls and garbage collection included.",
      "Each library is set up as its own README does. In the second rows every one of them has an idle limit of 30 minutes, and Zession's cookie is signed, as its peers' are in both.",
    ],
    tables,
    charts,
  };
}

interface Cost {
  readonly total: number;
  readonly cost: number;
  readonly requests: number;
}

/** Starts every app of a framework and loads them in turn. */
async function measure(
  load: Child,
  file: string,
  path: string,
  isQuick: boolean,
): Promise<Record<string, Cost>> {
  const { apps } = (await import(`../apps/${file}.ts`)) as { apps: Record<string, unknown> };
  await using servers = new AsyncDisposableStack();
  const candidates: Record<string, () => Promise<{ time: number; requests: number }>> = {};
  for (const name of Object.keys(apps)) {
    const server = servers.use(await Child.start("serve.ts", [file, name]));
    const port = await server.ask<number>("port");
    candidates[name] = async () => {
      const before = await server.ask<number>("cpu");
      const order: Load = {
        port,
        path,
        connections: CONNECTIONS,
        milliseconds: isQuick ? 100 : 700,
      };
      const { failed, requests, seconds } = await load.ask<LoadResult>(order);
      if (failed > 0) throw new Error(`${failed} requests of ${name} on ${file} failed`);
      const used = (await server.ask<number>("cpu")) - before;
      return { time: used / requests, requests: requests / seconds };
    };
  }
  const rounds = await inTurn(`${file} ${path}`, isQuick ? 1 : 15, candidates);
  const bare = rounds["bare"]?.map(({ time }) => time) ?? [];
  return Object.fromEntries(
    Object.entries(rounds).map(([name, figures]) => {
      const times = figures.map(({ time }) => time);
      return [
        name,
        {
          total: median(times),
          cost: name === "bare" ? Number.NaN : medianDifference(times, bare),
          requests: median(figures.map(({ requests }) => requests)),
        },
      ];
    }),
  );
}
