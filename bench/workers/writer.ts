// One process among several that write one session.
import pg from "pg";
import { createClient } from "redis";
import { type Driver, defineSession, type SessionEvent } from "zession";
import { postgresDriver } from "zession/drivers/postgres";
import { redisDriver } from "zession/drivers/redis";
import { sqliteDriver } from "zession/drivers/sqlite";
import { z } from "zod";
import { answer } from "../lib/child.ts";

/** What to write, and for how long. */
export interface Writing {
  readonly key: string;
  readonly milliseconds: number;
  /** How many writers there are in this process, each with a definition of its own, as if it were a process. */
  readonly writers: number;
}

/** What became of it. */
export interface Written {
  readonly done: number;
  /** How many attempts each update took, and how many milliseconds. */
  readonly attempts: readonly number[];
  readonly waits: readonly number[];
  /** The names of the errors of those that were given up. */
  readonly errors: readonly string[];
  /** What was stored when the last writer of this process was done. */
  readonly stored: number;
}

const [, , engine = "", address = ""] = process.argv;

async function open(): Promise<Driver> {
  if (engine === "SQLite") return sqliteDriver({ filename: address });
  if (engine === "Redis")
    return redisDriver({ client: await createClient({ url: address }).connect() });
  const driver = postgresDriver({ pool: new pg.Pool({ connectionString: address, max: 4 }) });
  await driver.migrate();
  return driver;
}
const driver = await open();

const value = z.number().int();
const define = (onEvent?: (event: SessionEvent) => void) =>
  defineSession({ name: "fairness", key: z.string(), value, keyFn: () => null, driver, onEvent });

async function write({ key, milliseconds, writers }: Writing): Promise<Written> {
  const attempts: number[] = [];
  const waits: number[] = [];
  const errors: string[] = [];
  const end = performance.now() + milliseconds;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      let tries = 1;
      const { store } = define(({ type }) => {
        if (type === "conflict") tries++;
      });
      for (let now = performance.now(); now < end; ) {
        tries = 1;
        const started = now;
        try {
          await store.upsert(key, 1, (count) => count + 1);
        } catch (error) {
          errors.push((error as Error).name);
        }
        now = performance.now();
        attempts.push(tries);
        waits.push(now - started);
      }
    }),
  );
  const stored = (await define().store.find(key)) ?? 0;
  return { done: waits.length - errors.length, attempts, waits, errors, stored };
}

// So that nothing is left to be loaded when all begin.
await define().store.upsert(`warm-up-${process.pid}`, 1, (count) => count + 1);
answer(write);
