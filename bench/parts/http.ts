import { Child } from "../lib/child.ts";
import { inTurn } from "../lib/in-turn.ts";
import { showProgress } from "../lib/progress.ts";
import { type Chart, type Effort, figure, type Section } from "../lib/section.ts";
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

const paths = ["/count", "/read"] as const;
const CONNECTIONS = 16;
/**
 * How many requests a second each server gets. At the same rate for all, none has to wake the load more often than another,
 * and none gets more requests at a time, both of which cost more than a session does.
 */
const PER_SECOND = 4000;
/** Until when a server is warmed up: everything that it runs is compiled by then. */
const WARM_UP = { requests: 15_000, milliseconds: 4_000 };

const READING =
  "The cost of a session is what a request takes more than the same framework without one; the lower the better, and below 1 it is cheaper than the best peer that is set up alike.";

type Path = (typeof paths)[number];
type Bar = Chart["bars"][number];

/** What a session costs a request, over HTTP, in processor time of the server. */
export async function http({ isQuick }: Effort): Promise<Section> {
  await using load = await Child.start("load.ts");
  const rows = { "/count": [] as string[][], "/read": [] as string[][] };
  const bars = { "/count": [] as Bar[], "/read": [] as Bar[] };
  for (const [file, framework] of Object.entries(frameworks)) {
    const costs = await measure(load, file, isQuick);
    for (const path of paths) {
      for (const [name, { cost, total }] of Object.entries(costs[path])) {
        const ratio = cost / bestPeer(costs[path], name);
        rows[path].push([framework, name, figure(total), figure(cost), figure(ratio)]);
        if (name !== "bare") bars[path].push({ group: framework, name, value: cost });
      }
    }
  }
  const titles = {
    "/count": "The cost of a request that changes the session",
    "/read": "The cost of a request that reads the session",
  };
  const columns = ["on", "with", "µs a request", "µs more than bare", "× the best peer"];
  const unit = "µs of processor time, beside the same framework without sessions";
  return {
    title: "HTTP: the cost of a session per request",
    text: [
      `Each program runs in a process of its own and keeps a count in a session in its memory; another process makes ${PER_SECOND} requests a second over ${CONNECTIONS} connections, each a browser with its own cookie (fewer where a server cannot keep up). µs are processor time of the server, system calls and garbage collection included.`,
      "Each library is set up as its own README does. In the second rows every one of them has an idle limit of 30 minutes, and Zession's cookie is signed, as its peers' are in both.",
    ],
    tables: paths.map((path) => ({
      title: titles[path],
      reading: READING,
      columns,
      rows: rows[path],
    })),
    charts: paths.map((path) => ({
      file: `http${path.replace("/", "-")}`,
      title: titles[path],
      unit,
      bars: bars[path],
    })),
  };
}

interface Cost {
  readonly total: number;
  readonly cost: number;
}

/** Returns the lowest cost of a peer that has an idle limit too, or none either. */
function bestPeer(costs: Readonly<Record<string, Cost>>, name: string): number {
  const isIdle = (it: string): boolean => it.endsWith("idle limit");
  const peers = Object.keys(costs).filter(
    (it) => it !== "bare" && !it.startsWith("Zession") && isIdle(it) === isIdle(name),
  );
  return Math.min(...peers.map((it) => costs[it]?.cost ?? Number.NaN));
}

/** The processor time of a request, in µs, for each path. */
type Figures = Record<Path, number>;

/** Starts every app of a framework and loads them in turn. */
async function measure(
  load: Child,
  file: string,
  isQuick: boolean,
): Promise<Record<Path, Record<string, Cost>>> {
  const { apps } = (await import(`../apps/${file}.ts`)) as { apps: Record<string, unknown> };
  await using servers = new AsyncDisposableStack();
  const candidates: Record<string, () => Promise<Figures>> = {};
  for (const name of Object.keys(apps)) {
    const server = servers.use(await Child.start("serve.ts", [file, name]));
    const port = await server.ask<number>("port");
    const run = async (path: Path, how: Pick<Load, "milliseconds" | "perSecond" | "requests">) => {
      const before = await server.ask<number>("cpu");
      const order: Load = { port, path, connections: CONNECTIONS, ...how };
      const { failed, requests } = await load.ask<LoadResult>(order);
      if (failed > 0) throw new Error(`${failed} requests of ${name} on ${file} failed`);
      return ((await server.ask<number>("cpu")) - before) / requests;
    };
    showProgress(`http: ${file}`, `warming up ${name}`);
    if (!isQuick) for (const path of paths) await run(path, WARM_UP);
    const how = { milliseconds: isQuick ? 100 : 300, perSecond: PER_SECOND };
    candidates[name] = async () => ({
      "/count": await run("/count", how),
      "/read": await run("/read", how),
    });
  }
  const rounds = await inTurn(`http: ${file}`, isQuick ? 1 : 9, candidates);
  return { "/count": costs(rounds, "/count"), "/read": costs(rounds, "/read") };
}

function costs(rounds: Record<string, Figures[]>, path: Path): Record<string, Cost> {
  const timesOf = (name: string): number[] => rounds[name]?.map((it) => it[path]) ?? [];
  const names = Object.keys(rounds);
  return Object.fromEntries(
    names.map((name) => {
      const times = timesOf(name);
      const cost = name === "bare" ? Number.NaN : medianDifference(times, timesOf("bare"));
      return [name, { total: median(times), cost }];
    }),
  );
}
