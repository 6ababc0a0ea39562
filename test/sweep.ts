// Writes, expires and sweeps many sessions on each engine, and tells what that takes: `npm run
// sweep -- [sessions] [engine]`. SQLite waits for the disk at every write, and Postgres nearly: on
// a slow one, `TMPDIR=/dev/shm npm run sweep`.
import { statSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { type Driver, memoryDriver } from "zession";
import { postgresDriver } from "zession/drivers/postgres";
import { redisDriver } from "zession/drivers/redis";
import { sqliteDriver } from "zession/drivers/sqlite";
import { makeFolder, removeFolder } from "./servers/leftovers.ts";
import { startPostgres } from "./servers/postgres.ts";
import { hasProgram } from "./servers/programs.ts";
import { startRedis } from "./servers/redis.ts";

const sessions = Number(process.argv[2] ?? 100_000);
const chosen = process.argv[3];
/** So many are written to see how long all of them take. */
const TRIAL = 500;
const text = `{"json":"${"x".repeat(200)}","v":1,"at":0}`;

interface Engine {
  readonly driver: Driver;
  /** What is in use, in bytes. */
  readonly size: () => Promise<number>;
  readonly close: () => Promise<unknown>;
}

async function openMemory(): Promise<Engine> {
  const driver = memoryDriver();
  const size = async (): Promise<number> => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  return { driver, size, close: async () => driver.close() };
}

async function openSqlite(): Promise<Engine> {
  const folder = makeFolder("sweep");
  const filename = join(folder, "sessions.db");
  const driver = sqliteDriver({ filename });
  return {
    driver,
    size: async () => statSync(filename).size + statSync(`${filename}-wal`).size,
    close: async () => {
      driver.close();
      removeFolder(folder);
    },
  };
}

async function openPostgres(): Promise<Engine> {
  const postgres = await startPostgres();
  const pool = new pg.Pool({ connectionString: postgres.url, max: 8 });
  pool.on("error", () => {});
  const driver = postgresDriver({ pool });
  await driver.migrate();
  return {
    driver,
    size: async () => {
      await pool.query("VACUUM zession");
      const { rows } = await pool.query("SELECT pg_total_relation_size('zession')::int AS size");
      return rows[0].size;
    },
    close: async () => {
      await pool.end();
      await postgres.remove();
    },
  };
}

async function openRedis(): Promise<Engine> {
  const server = await startRedis();
  const client = new Redis(server.url);
  return {
    driver: redisDriver({ client }),
    size: async () => Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]),
    close: async () => {
      await client.quit();
      await server.remove();
    },
  };
}

/**
 * Calls a verb again and again until told to stop, and gives the longest that one took, in
 * milliseconds.
 */
function watch(driver: Driver): () => Promise<number> {
  let isDone = false;
  const watching = (async () => {
    let longest = 0;
    while (!isDone) {
      const started = performance.now();
      await driver.write("watch", text, { expiresAt: undefined, ttl: undefined });
      longest = Math.max(longest, performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return longest;
  })();
  return () => {
    isDone = true;
    return watching;
  };
}

/**
 * Writes so many, which all expire at about one moment, and tells how long that took, in
 * milliseconds.
 */
async function fill(driver: Driver, name: string, count: number, end: number): Promise<number> {
  const started = Date.now();
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < count) {
      await driver.write(`${name}-${next++}`, text, { expiresAt: end, ttl: end - Date.now() });
    }
  };
  await Promise.all(Array.from({ length: 16 }, writer));
  return Date.now() - started;
}

async function round({ driver, size }: Engine, name: string): Promise<object> {
  const trial = await fill(driver, `${name}-trial`, TRIAL, Date.now() + 60_000);
  const end = Date.now() + ((trial + 50) / TRIAL) * sessions * 1.5;
  const writing = await fill(driver, name, sessions, end);
  const full = await size();
  await new Promise((resolve) => setTimeout(resolve, end - Date.now() + 500));

  const stop = watch(driver);
  const started = performance.now();
  const swept = await driver.sweep?.();
  const took = performance.now() - started;
  // Redis sweeps by itself, for a while.
  if (swept === undefined) await new Promise((resolve) => setTimeout(resolve, 5000));
  return {
    "written/s": Math.round(sessions / (writing / 1000)),
    "size when full, kB": Math.round(full / 1024),
    swept: swept ?? "by itself",
    "sweep, ms": swept === undefined ? "" : Math.round(took),
    "longest verb meanwhile, ms": Number((await stop()).toFixed(1)),
    "size after, kB": Math.round((await size()) / 1024),
  };
}

const engines: Record<string, () => Promise<Engine>> = {
  memory: openMemory,
  sqlite: openSqlite,
  postgres: openPostgres,
  ...(hasProgram("redis-server") ? { redis: openRedis } : {}),
};
console.log(`${sessions.toLocaleString("en")} sessions of ${text.length} bytes a round`);
for (const [name, open] of Object.entries(engines)) {
  if (chosen !== undefined && chosen !== name) continue;
  const engine = await open();
  const rows: Record<string, object> = {};
  for (const it of ["first", "second", "third"]) rows[`${name}, ${it}`] = await round(engine, it);
  console.table(rows);
  await engine.close();
}
