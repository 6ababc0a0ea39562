// A longer race than the tests run, with reading-then-writing beside it:
// `npm run race -- [increments a process]`.
import { join } from "node:path";
import type { Engine } from "./races/engines.ts";
import { Racers } from "./races/racers.ts";
import { makeFolder, removeFolder } from "./servers/leftovers.ts";
import { startPostgres } from "./servers/postgres.ts";
import { hasProgram } from "./servers/programs.ts";
import { startRedis, startRedisCluster } from "./servers/redis.ts";

const count = Number(process.argv[2] ?? 500);
const folder = makeFolder("race");
const engines: Engine[] = [{ kind: "sqlite", filename: join(folder, "race.db") }];
const postgres = await startPostgres();
engines.push({ kind: "postgres", url: postgres.url });
const redis = hasProgram("redis-server") ? await startRedis() : undefined;
const cluster = redis && (await startRedisCluster());
if (redis !== undefined) engines.push({ kind: "redis", url: redis.url });
else console.log("No redis-server: apt-get install redis-server to race on it too.");
if (cluster !== undefined) engines.push({ kind: "redis-cluster", nodes: [...cluster.nodes] });

const racers = new Racers(8);
const rows: Record<string, object> = {};
for (const engine of engines) {
  const upsert = await racers.race({ engine, work: "upsert", count });
  const naive = await racers.race({ engine, work: "naive", count });
  rows[engine.kind] = {
    increments: 8 * count,
    upsert: upsert.stored,
    "upserts/s": Math.round((8 * count) / upsert.seconds),
    "read, then write": naive.stored,
    lost: `${(100 - (100 * Number(naive.stored)) / (8 * count)).toFixed(0)} %`,
    "naive/s": Math.round((8 * count) / naive.seconds),
  };
}
racers.stop();
console.table(rows);
await Promise.all([redis?.remove(), cluster?.remove(), postgres.remove()]);
removeFolder(folder);
