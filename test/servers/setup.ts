import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres.ts";
import { hasRedis, startRedis, startRedisCluster } from "./redis.ts";

/** What the tests are told of the servers that run for them. */
export interface Servers {
  /** `undefined` where there is no server program, and none could be installed. */
  readonly redis: string | undefined;
  readonly redisCluster: readonly { readonly host: string; readonly port: number }[] | undefined;
  readonly postgres: string;
}

declare module "vitest" {
  interface ProvidedContext {
    servers: Servers;
  }
}

let remove: () => Promise<unknown> = async () => {};

/** Starts the servers that all test files share. */
export async function setup(project: TestProject): Promise<void> {
  const withRedis = hasRedis();
  if (!withRedis) {
    const how =
      "No redis-server: its tests are left out. Install it (apt-get install redis-server) or set REDIS_URL.";
    if (process.env["CI"] === "true") throw new Error(how);
    console.warn(how);
  }
  const url = process.env["REDIS_URL"];
  const [redis, cluster, postgres] = await Promise.all([
    withRedis && url === undefined ? startRedis() : undefined,
    withRedis ? startRedisCluster() : undefined,
    startPostgres(),
  ]);
  project.provide("servers", {
    redis: url ?? redis?.url,
    redisCluster: cluster?.nodes,
    postgres: postgres.url,
  });
  remove = () => Promise.all([redis?.remove(), cluster?.remove(), postgres.remove()]);
}

/** Stops them. */
export async function teardown(): Promise<void> {
  await remove();
}
