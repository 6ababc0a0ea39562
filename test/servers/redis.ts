import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startProcess, stopProcess } from "./processes.ts";

/** A Redis server of the tests' own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it, by `SIGKILL` if it is to have no time to say good-bye. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same port and with what it has on disk. */
  start(): Promise<void>;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

/** Starts a server on a free port, which loses nothing that it has acknowledged. */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  // A cluster's servers talk to each other 10,000 ports higher.
  const port = await freePort(55_000);
  const folder = mkdtempSync(join(tmpdir(), "zession-redis-"));
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  args.push("--appendonly", "yes", "--appendfsync", "always", ...options);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = await startProcess("redis-server", args, "Ready to accept connections");
  };
  const stop = async (signal?: NodeJS.Signals): Promise<void> => {
    if (server !== undefined) await stopProcess(server, signal);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a cluster of one server, which serves clients of single servers too. */
export async function startRedisClusterOfOne(): Promise<RedisServer> {
  const server = await startRedis("--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1");
  const slots = Array.from({ length: 16_384 }, (_, slot) => `${slot}`);
  execFileSync("redis-cli", ["-p", `${server.port}`, "cluster", "addslots", ...slots]);
  await clusterReady(server.port);
  return server;
}

/** Starts a cluster of three primaries. */
export async function startRedisCluster(): Promise<{
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  remove(): Promise<void>;
}> {
  const servers = await Promise.all(
    [0, 1, 2].map(() =>
      startRedis(
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "2000",
        "--cluster-announce-ip",
        "127.0.0.1",
      ),
    ),
  );
  const nodes = servers.map(({ port }) => ({ host: "127.0.0.1", port }));
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`);
  execFileSync("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"], {
    stdio: "ignore",
  });
  for (const { port } of servers) await clusterReady(port);
  return {
    nodes,
    remove: async () => void (await Promise.all(servers.map((it) => it.remove()))),
  };
}

async function clusterReady(port: number): Promise<void> {
  const isReady = () =>
    execFileSync("redis-cli", ["-p", `${port}`, "cluster", "info"]).includes("cluster_state:ok");
  while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 50));
}
