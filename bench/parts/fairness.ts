import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "redis";
import { defineSession } from "zession";
import { redisDriver } from "zession/drivers/redis";
import { z } from "zod";
import { makeFolder, removeFolder } from "../../test/servers/leftovers.ts";
import { startPostgres } from "../../test/servers/postgres.ts";
import { startRedis } from "../../test/servers/redis.ts";
import { Child } from "../lib/child.ts";
import { endProgress, showProgress } from "../lib/progress.ts";
import { type Effort, figure, type Section } from "../lib/section.ts";
import { quantile } from "../lib/statistics.ts";
import type { Writing, Written } from "../workers/writer.ts";

const PROCESSES = 8;

/** How long a writer waits where many write one session, and whether some wait longer than others. */
export async function fairness({ isQuick }: Effort): Promise<Section> {
  const milliseconds = isQuick ? 1000 : 4000;
  await using servers = new AsyncDisposableStack();
  const redis = servers.adopt(await startRedis("--appendonly", "no"), (it) => it.remove());
  const postgres = servers.adopt(await startPostgres(), (it) => it.remove());
  const folder = servers.adopt(makeFolder("bench"), removeFolder);
  const rows = [
    await contend("SQLite", join(folder, "sessions.db"), 1, milliseconds),
    await contend("Redis", redis.url, 1, milliseconds),
    await contend("Postgres", postgres.url, 1, milliseconds),
    await contend("Redis", redis.url, 16, milliseconds),
  ];
  endProgress();
  const slow = await slowUpdate(redis.url);
  return {
    title: "Fairness: many writers of one session",
    text: [
      `${PROCESSES} processes update one session, each again as soon as it is done, for ${milliseconds / 1000} seconds. "min" and "max" are the updates of the process that did the fewest and of the one that did the most; "given up" are updates that were rejected; none of those that resolved may be missing.`,
      `An update that takes 20 ms, beside a writer every 5 ms on Redis: ${slow}.`,
    ],
    tables: [
      {
        title: "Updates of one session",
        reading:
          "Nothing may be missing, and the nearer the processes' minimum and maximum are, the fairer it is.",
        columns: [
          "on",
          "writers",
          "per second",
          "attempts p50",
          "p99",
          "max",
          "wait p50 ms",
          "p99 ",
          "max ",
          "a process, min",
          "max  ",
          "given up",
          "missing",
        ],
        rows,
      },
    ],
    charts: [],
  };
}

async function contend(
  engine: string,
  address: string,
  writers: number,
  milliseconds: number,
): Promise<string[]> {
  showProgress(`fairness: ${engine}`, `${PROCESSES} processes, ${writers} writers in each`);
  await using processes = new AsyncDisposableStack();
  const children: Child[] = [];
  // One after the other: the first makes the table.
  for (let i = 0; i < PROCESSES; i++)
    children.push(processes.use(await Child.start("writer.ts", [engine, address])));
  const key = randomUUID();
  const writing: Writing = { key, milliseconds, writers };
  const results = await Promise.all(children.map((child) => child.ask<Written>(writing)));
  const done = results.reduce((sum, it) => sum + it.done, 0);
  // The last process to be done has seen all of them.
  const missing = done - Math.max(...results.map(({ stored }) => stored));
  const attempts = results.flatMap((it) => it.attempts);
  const waits = results.flatMap((it) => it.waits);
  const perProcess = results.map((it) => it.done);
  const errors = results.flatMap((it) => it.errors);
  return [
    engine,
    `${PROCESSES * writers}`,
    figure((done * 1000) / milliseconds),
    ...[0.5, 0.99, 1].map((share) => `${quantile(attempts, share)}`),
    ...[0.5, 0.99, 1].map((share) => figure(quantile(waits, share))),
    `${Math.min(...perProcess)}`,
    `${Math.max(...perProcess)}`,
    `${errors.length}`,
    `${missing}`,
  ];
}

/** Returns what becomes of an update that takes longer than another writer leaves the session alone. */
async function slowUpdate(url: string): Promise<string> {
  const client = await createClient({ url }).connect();
  const driver = redisDriver({ client });
  const store = () =>
    defineSession({ key: z.string(), value: z.number(), keyFn: () => null, driver }).store;
  const [slow, fast] = [store(), store()];
  await fast.insert("a", 0);
  let isDone = false;
  const writing = (async () => {
    while (!isDone) {
      await fast.update("a", (count) => count + 1);
      await delay(5);
    }
  })();
  let runs = 0;
  const started = performance.now();
  const outcome = await slow
    .update("a", async (count) => {
      runs++;
      await delay(20);
      return count + 1;
    })
    .then(
      () => "stored",
      (error: Error) => error.name,
    );
  const seconds = (performance.now() - started) / 1000;
  isDone = true;
  await writing;
  client.destroy();
  return `${outcome} after ${runs} ${runs === 1 ? "run" : "runs"} and ${figure(seconds)} s`;
}
