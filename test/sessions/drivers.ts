import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, inject } from "vitest";
import { type Driver, memoryDriver } from "zession";
import { postgresDriver } from "zession/drivers/postgres";
import { redisDriver } from "zession/drivers/redis";
import { sqliteDriver } from "zession/drivers/sqlite";

const { redis: redisUrl, postgres: postgresUrl } = inject("servers");
const client = redisUrl === undefined ? undefined : new Redis(redisUrl);
const pool = new pg.Pool({ connectionString: postgresUrl, max: 4 });
await postgresDriver({ pool, table: "sessions" }).migrate();
afterAll(async () => {
  await client?.quit();
  await pool.end();
});

/** The drivers on which sessions must behave the same. */
export const drivers: [name: string, make: () => Driver][] = [
  ["memory", () => memoryDriver()],
  ["sqlite", () => sqliteDriver({ filename: ":memory:" })],
  ["postgres", () => postgresDriver({ pool, table: "sessions" })],
];
// Without a server it is left out, which the set-up has said; in CI it has failed.
if (client !== undefined) drivers.push(["redis", () => redisDriver({ client })]);

/** Makes a driver answer late, each time after a different while. */
export function late(driver: Driver): Driver {
  let seed = 1;
  for (const method of ["read", "write", "remove", "touch"] as const) {
    const original = (driver[method] as (...args: never[]) => unknown).bind(driver);
    Object.assign(driver, {
      [method]: async (...args: never[]) => {
        seed = (seed * 16807) % 2147483647;
        for (let i = seed % 5; i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
        const result = await original(...args);
        for (let i = seed % 3; i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
        return result;
      },
    });
  }
  return driver;
}
