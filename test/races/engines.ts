import { Cluster, Redis } from "ioredis";
import mysql from "mysql2/promise";
import pg from "pg";
import type { Driver } from "zession";
import { mysqlDriver } from "zession/drivers/mysql";
import { postgresDriver } from "zession/drivers/postgres";
import { redisDriver } from "zession/drivers/redis";
import { sqliteDriver } from "zession/drivers/sqlite";

/** Where processes that share sessions find them. */
export type Engine =
  | { readonly kind: "sqlite"; readonly filename: string }
  | { readonly kind: "redis"; readonly url: string }
  | { readonly kind: "redis-cluster"; readonly nodes: { host: string; port: number }[] }
  | { readonly kind: "postgres"; readonly url: string }
  | { readonly kind: "mysql"; readonly url: string };

/** Connects to an engine as a process of a site would. */
export async function connect(
  engine: Engine,
): Promise<{ driver: Driver; close: () => Promise<unknown> }> {
  switch (engine.kind) {
    case "sqlite": {
      const driver = sqliteDriver({ filename: engine.filename });
      return { driver, close: async () => driver.close() };
    }
    case "redis": {
      const client = new Redis(engine.url);
      return { driver: redisDriver({ client }), close: () => client.quit() };
    }
    case "redis-cluster": {
      const client = new Cluster(engine.nodes);
      return { driver: redisDriver({ client }), close: () => client.quit() };
    }
    case "postgres": {
      const pool = new pg.Pool({ connectionString: engine.url, max: 4 });
      const driver = postgresDriver({ pool, table: "races" });
      await driver.migrate();
      return { driver, close: () => pool.end() };
    }
    case "mysql": {
      const pool = mysql.createPool({ uri: engine.url, connectionLimit: 4 });
      const driver = mysqlDriver({ pool, table: "races" });
      await driver.migrate();
      return { driver, close: () => pool.end() };
    }
  }
}
