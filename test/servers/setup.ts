import type { TestProject } from "vitest/node";
import { startPgBouncer } from "./pgbouncer.ts";
import { startPostgres } from "./postgres.ts";
import { requireProgram } from "./programs.ts";
import { startRedis, startRedisCluster } from "./redis.ts";
import { startTogether } from "./together.ts";

/** What the tests are told of the servers that run for them. */
export interface Servers {
  /** `undefined` where there is no server program, and none could be installed. */
  readonly redis: string | undefined;
  /** Whether tests can start a Redis of their own. */
  readonly canStartRedis: boolean;
  readonly redisCluster: readonly { readonly host: string; readonly port: number }[] | undefined;
  readonly postgres: string;
  /** The same server through a transaction pooler, if there is such a program. */
  readonly pgbouncer: string | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    servers: Servers;
  }
}

/** How each of them is started. */
export interface Starters {
  readonly startRedis: typeof startRedis;
  readonly startRedisCluster: typeof startRedisCluster;
  readonly startPostgres: typeof startPostgres;
  readonly startPgBouncer: typeof startPgBouncer;
}
export const starters: Starters = { startRedis, startRedisCluster, startPostgres, startPgBouncer };

/** Starts the servers that all test files share, and leaves nothing behind where it fails. */
export async function startServers({
  startRedis,
  startRedisCluster,
  startPostgres,
  startPgBouncer,
}: Starters = starters): Promise<{ servers: Servers; remove: () => Promise<void> }> {
  const withRedis = requireProgram("redis-server", ", or set REDIS_URL for most of them");
  const withPgBouncer = requireProgram("pgbouncer");
  const url = process.env["REDIS_URL"];
  await using started = new AsyncDisposableStack();
  const [redis, cluster, postgres] = await startTogether(started, [
    withRedis && url === undefined ? startRedis() : undefined,
    withRedis ? startRedisCluster() : undefined,
    startPostgres(),
  ]);
  const [pgbouncer] = await startTogether(started, [
    withPgBouncer ? startPgBouncer(postgres.url) : undefined,
  ]);
  const servers = {
    redis: url ?? redis?.url,
    canStartRedis: withRedis,
    redisCluster: cluster?.nodes,
    postgres: postgres.url,
    pgbouncer: pgbouncer?.url,
  };
  const all = started.move();
  return { servers, remove: () => all.disposeAsync() };
}

/** Starts the servers before the tests of a project. Vitest calls what it returns after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { servers, remove } = await startServers();
  project.provide("servers", servers);
  return remove;
}
