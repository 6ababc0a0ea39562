import { type ChildProcess, execFileSync } from "node:child_process";
import { makeFolder, removeFolder } from "./leftovers.ts";
import { freePort, startProcess, stopProcess } from "./processes.ts";
import { startTogether } from "./together.ts";

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

/**
 * Starts a server on a free port. What it acknowledges survives its end, not the machine's: no test
 * has to wait for a disk.
 */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(makeFolder("redis"), removeFolder);
  // A cluster's servers talk to each other 10,000 ports higher.
  const port = await freePort(55_000);
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  args.push("--appendonly", "yes", "--appendfsync", "no", ...options);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = await startProcess("redis-server", args, "Ready to accept connections", {
      cwd: folder,
    });
  };
  const stop = async (signal?: NodeJS.Signals): Promise<void> => {
    if (server !== undefined) await stopProcess(server, signal);
  };
  started.defer(() => stop());
  await start();
  const all = started.move();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop,
    remove: () => all.disposeAsync(),
  };
}

/** Starts a cluster of one server, which serves clients of single servers too. */
export async function startRedisClusterOfOne(): Promise<RedisServer> {
  await using started = new AsyncDisposableStack();
  const options = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"];
  const server = started.adopt(await startRedis(...options), (it) => it.remove());
  const slots = Array.from({ length: 16_384 }, (_, slot) => `${slot}`);
  execFileSync("redis-cli", ["-p", `${server.port}`, "cluster", "addslots", ...slots]);
  await clusterReady(server.port);
  started.move();
  return server;
}

/** Starts a cluster of three primaries. */
export async function startRedisCluster(): Promise<{
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  remove(): Promise<void>;
}> {
  await using started = new AsyncDisposableStack();
  const options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
  options.push("--cluster-announce-ip", "127.0.0.1");
  const servers = await startTogether(
    started,
    [0, 1, 2].map(() => startRedis(...options)),
  );
  const nodes = servers.map(({ port }) => ({ host: "127.0.0.1", port }));
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`);
  execFileSync("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"], {
    stdio: "ignore",
  });
  for (const { port } of servers) await clusterReady(port);
  const all = started.move();
  return { nodes, remove: () => all.disposeAsync() };
}

async function clusterReady(port: number): Promise<void> {
  const isReady = () =>
    execFileSync("redis-cli", ["-p", `${port}`, "cluster", "info"]).includes("cluster_state:ok");
  while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 50));
}
