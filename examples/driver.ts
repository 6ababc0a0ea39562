// The driver that a demo is told to use: `--driver memory`, `sqlite`, `redis` or `postgres`.
import { parseArgs } from "node:util";
import { type Driver, memoryDriver } from "zession";

/** Connects to what `--driver` names, where the environment says it is. */
export async function chosenDriver(): Promise<Driver> {
  const { driver } = parseArgs({ options: { driver: { type: "string" } } }).values;
  const { SQLITE_FILE = "sessions.db", REDIS_URL, DATABASE_URL } = process.env;
  switch (driver) {
    case undefined:
    case "memory":
      return memoryDriver();
    case "sqlite": {
      const { sqliteDriver } = await import("zession/drivers/sqlite");
      return sqliteDriver({ filename: SQLITE_FILE });
    }
    case "redis": {
      const { createClient } = await import("redis");
      const { redisDriver } = await import("zession/drivers/redis");
      const client = createClient({ url: REDIS_URL ?? "redis://127.0.0.1:6379" });
      client.on("error", (error) => console.error(error.message));
      await client.connect();
      return redisDriver({ client });
    }
    case "postgres": {
      const { default: pg } = await import("pg");
      const { postgresDriver } = await import("zession/drivers/postgres");
      const pool = new pg.Pool({ connectionString: DATABASE_URL });
      pool.on("error", (error) => console.error(error.message));
      const postgres = postgresDriver({ pool });
      await postgres.migrate();
      return postgres;
    }
    default:
      throw new Error(`There is no driver "${driver}": memory, sqlite, redis, postgres.`);
  }
}
