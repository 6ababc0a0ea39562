import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RedisStore } from "connect-redis";
import type { SessionData } from "express-session";
import pg from "pg";
import { createClient } from "redis";
import { type Driver, defineSession } from "zession";
import { postgresDriver } from "zession/drivers/postgres";
import { redisDriver } from "zession/drivers/redis";
import { sqliteDriver } from "zession/drivers/sqlite";
import { z } from "zod";
import { startPostgres } from "../../test/servers/postgres.ts";
import { startRedis } from "../../test/servers/redis.ts";
import { inTurn } from "../lib/in-turn.ts";
import { type Chart, type Effort, figure, type Section } from "../lib/section.ts";
import { median, medianRatio, quantile } from "../lib/statistics.ts";

const schema = z.object({ count: z.number().int(), note: z.string() });
type Value = z.infer<typeof schema>;
const initial = (): Value => ({ count: 1, note: "x".repeat(200) });

/** One way to read a session, and to read it and write it back with its count one higher. */
interface Candidate {
  find(key: string): Promise<unknown>;
  upsert(key: string): Promise<unknown>;
}

/** A server and the ways to it. */
interface Engine {
  readonly name: string;
  readonly candidates: Readonly<Record<string, Candidate>>;
  readonly close: () => Promise<void>;
}

/** How fast sessions are read and updated on servers, beside what the client does by itself. */
export async function drivers({ isQuick }: Effort): Promise<Section> {
  const rows: string[][] = [];
  const bars: Chart["bars"][number][] = [];
  for (const start of [redis, postgres, sqlite]) {
    const { candidates, close, name } = await start();
    for (const verb of ["find", "upsert"] as const) {
      for (const clients of [1, 32]) {
        const title = `${name}: ${verb}, ${clients} ${clients === 1 ? "client" : "clients"}`;
        const measured = await inTurn(
          title,
          isQuick ? 1 : 7,
          Object.fromEntries(
            Object.entries(candidates).map(([candidate, it]) => [
              candidate,
              () => run((key) => it[verb](key), clients, isQuick ? 100 : 400),
            ]),
          ),
        );
        const rates = (candidate: string): number[] =>
          measured[candidate]?.map(({ rate }) => rate) ?? [];
        const [raw = ""] = Object.keys(candidates);
        for (const candidate of Object.keys(candidates)) {
          const times = measured[candidate]?.flatMap(({ times }) => times) ?? [];
          const rate = median(rates(candidate));
          rows.push([
            name,
            verb,
            `${clients}`,
            candidate,
            figure(rate),
            figure(medianRatio(rates(candidate), rates(raw))),
            figure(quantile(times, 0.5)),
            figure(quantile(times, 0.99)),
          ]);
          if (verb === "upsert") bars.push({ group: title, name: candidate, value: rate });
        }
      }
    }
    await close();
  }
  const columns = [
    "on",
    "verb",
    "clients",
    "with",
    "per second",
    "× the client",
    "p50 ms",
    "p99 ms",
  ];
  return {
    title: "Servers: Redis, Postgres and SQLite",
    text: [
      "Each client reads (`find`), or reads and writes back with a count one higher (`upsert`), a session of its own, of 250 bytes. What the bare client does is not atomic: it reads and writes, and two at a time lose updates; it validates nothing. Redis keeps all in memory, Postgres and SQLite keep what they have acknowledged. All clients are in one process; Postgres has 32 connections.",
    ],
    tables: [
      {
        title: "Sessions read and updated",
        reading:
          "The column × the client tells how many times the rate of the bare client it is: 1.00 means that safety costs nothing.",
        columns,
        rows,
      },
    ],
    charts: [{ file: "servers", title: "Updates per second", unit: "updates per second", bars }],
  };
}

/** Runs an operation again and again, as so many clients with a key each. Returns the rate, and the milliseconds of each. */
async function run(
  operation: (key: string) => Promise<unknown>,
  clients: number,
  milliseconds: number,
): Promise<{ rate: number; times: number[] }> {
  const times: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let now = started; now - started < milliseconds; ) {
        const before = now;
        await operation(`client-${client}`);
        now = performance.now();
        times.push(now - before);
      }
    }),
  );
  return { rate: (times.length * 1000) / (performance.now() - started), times };
}

function zession(driver: Driver): Candidate {
  const { store } = defineSession({ key: z.string(), value: schema, keyFn: () => null, driver });
  return {
    find: (key) => store.find(key),
    upsert: (key) => store.upsert(key, initial, (it) => void it.count++),
  };
}

/** Reads JSON text and writes it back. */
function unsafe(
  get: (key: string) => Promise<string | null | undefined>,
  set: (key: string, text: string) => Promise<unknown>,
): Candidate {
  const find = async (key: string): Promise<Value | undefined> => {
    const text = await get(key);
    return typeof text === "string" ? (JSON.parse(text) as Value) : undefined;
  };
  const upsert = async (key: string): Promise<void> => {
    const value = await find(key);
    if (value !== undefined) value.count++;
    await set(key, JSON.stringify(value ?? initial()));
  };
  return { find, upsert };
}

async function redis(): Promise<Engine> {
  const server = await startRedis("--appendonly", "no");
  const client = await createClient({ url: server.url }).connect();
  const store = new RedisStore({ client, disableTTL: true });
  return {
    name: "Redis",
    candidates: {
      "redis: GET, SET": unsafe(
        (key) => client.get(key),
        (key, text) => client.set(key, text),
      ),
      "connect-redis": {
        find: (key) => store.get(key),
        upsert: async (key) => {
          const value = ((await store.get(key)) ?? initial()) as Value;
          value.count++;
          await store.set(key, value as unknown as SessionData);
        },
      },
      Zession: zession(redisDriver({ client })),
    },
    close: async () => {
      client.destroy();
      await server.remove();
    },
  };
}

async function postgres(): Promise<Engine> {
  const server = await startPostgres();
  const pool = new pg.Pool({ connectionString: server.url, max: 32 });
  // Connections that are still closing are told that the server stops.
  pool.on("error", () => {});
  const driver = postgresDriver({ pool });
  await driver.migrate();
  await pool.query("CREATE TABLE by_hand (key text PRIMARY KEY, value text NOT NULL)");
  return {
    name: "Postgres",
    candidates: {
      "pg: SELECT, INSERT": unsafe(
        async (key) =>
          (await pool.query("SELECT value FROM by_hand WHERE key = $1", [key])).rows[0]?.value,
        (key, text) =>
          pool.query(
            "INSERT INTO by_hand VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2",
            [key, text],
          ),
      ),
      Zession: zession(driver),
    },
    close: async () => {
      await pool.end();
      await server.remove();
    },
  };
}

async function sqlite(): Promise<Engine> {
  const files = ["by-hand", "zession"].map((name) =>
    join(tmpdir(), `zession-bench-${process.pid}-${name}.db`),
  );
  const [ours = "", theirs = ""] = files.reverse();
  const database = new DatabaseSync(theirs);
  database.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE sessions (key TEXT PRIMARY KEY, value TEXT)",
  );
  const select = database.prepare("SELECT value FROM sessions WHERE key = ?");
  const write = database.prepare("INSERT OR REPLACE INTO sessions VALUES (?, ?)");
  const driver = sqliteDriver({ filename: ours });
  return {
    name: "SQLite",
    candidates: {
      "node:sqlite: SELECT, INSERT": unsafe(
        async (key) => select.get(key)?.["value"] as string | undefined,
        async (key, text) => write.run(key, text),
      ),
      Zession: zession(driver),
    },
    close: async () => {
      database.close();
      await driver.close();
      for (const file of files)
        for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    },
  };
}
