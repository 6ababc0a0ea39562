import type { TestProject } from "vitest/node";
import { startPgBouncer } from "./pgbouncer.ts";
import { startPostgres } from "./postgres.ts";
import { hasProgram } from "./programs.ts";
import { startRedis, startRedisCluster } from "./redis.ts";

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

let remove: () => Promise<unknown> = async () => {};

/** Starts the servers that all test files share. */
export async function setup(project: TestProject): Promise<void> {
  const withRedis = isHere("redis-server", ", or set REDIS_URL for most of them");
  const withPgBouncer = isHere("pgbouncer");
  const url = process.env["REDIS_URL"];
  const [redis, cluster, postgres] = await Promise.all([
    withRedis && url === undefined ? startRedis() : undefined,
    withRedis ? startRedisCluster() : undefined,
    startPostgres(),
  ]);
  const pgbouncer = withPgBouncer ? await startPgBouncer(postgres.url) : undefined;
  project.provide("servers", {
    redis: url ?? redis?.url,
    canStartRedis: withRedis,
    redisCluster: cluster?.nodes,
    postgres: postgres.url,
    pgbouncer: pgbouncer?.url,
  });
  remove = async () => {
    await Promise.all([redis?.remove(), cluster?.remove(), pgbouncer?.remove()]);
    await postgres.remove();
  };
}

/** Whether a program is here; says what is left out without it, which must not be in CI. */
function isHere(program: "redis-server" | "pgbouncer", or = ""): boolean {
  if (hasProgram(program)) return true;
  const how = `No ${program}: its tests are left out. Install it (apt-get install ${program})${or}.`;
  if (process.env["CI"] === "true") throw new Error(how);
  console.warn(how);
  return false;
}

/** Stops them. */
export async function teardown(): Promise<void> {
  await remove();
}
