import { Redis } from "ioredis";
import pg from "pg";
import { afterAll } from "vitest";
import { postgresDriver } from "zession/drivers/postgres";
import { redisDriver } from "zession/drivers/redis";
import type { Servers } from "../servers/setup.ts";
import type { NamedDriver } from "./drivers.ts";

/**
 * Returns the drivers that keep sessions on these servers. Disconnects at the end of the test file.
 */
export async function connect({ postgres, redis }: Servers): Promise<NamedDriver[]> {
  const pool = new pg.Pool({ connectionString: postgres, max: 4 });
  afterAll(() => pool.end());
  await postgresDriver({ pool, table: "sessions" }).migrate();
  const drivers: NamedDriver[] = [["postgres", () => postgresDriver({ pool, table: "sessions" })]];
  // Without a Redis server it is left out, which the set-up has said; in CI it has failed.
  if (redis !== undefined) {
    const client = new Redis(redis);
    afterAll(() => client.quit());
    drivers.push(["redis", () => redisDriver({ client })]);
  }
  return drivers;
}
