import { ConfigurationError } from "../errors.ts";
import type { RedisScript } from "./redis-script.ts";

/** What `redisDriver` uses of a client, or of a cluster's client, of the package `redis`. */
export interface NodeRedisClient {
  /** `GET`. */
  get(key: string): Promise<unknown>;
  /** `EVALSHA`. */
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** `EVAL`. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What `redisDriver` uses of a client, or of a cluster's client, of the package `ioredis`. */
export interface IoRedisClient {
  /** `GET`. */
  get(key: string): Promise<unknown>;
  /** `EVALSHA`. */
  evalsha(sha: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
  /** `EVAL`. */
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** The commands that the driver needs, the same for both kinds of client. */
export interface Commands {
  get(key: string): Promise<unknown>;
  /** Runs a script on one key. */
  run(script: RedisScript, key: string, args: string[]): Promise<unknown>;
}

/**
 * Returns the commands of a client of either kind.
 *
 * @throws ConfigurationError if it is of neither kind
 */
export function commandsOf(client: NodeRedisClient | IoRedisClient): Commands {
  if (typeof client === "object" && client !== null) {
    if ("evalSha" in client && typeof client.evalSha === "function") return nodeRedis(client);
    if ("evalsha" in client && typeof client.evalsha === "function") return ioRedis(client);
  }
  throw new ConfigurationError(
    '"client" of redisDriver must be a client of the package redis or ioredis, or a cluster of either.',
  );
}

function nodeRedis(client: NodeRedisClient): Commands {
  return {
    get: (key) => client.get(key),
    run: ({ sha, text }, key, args) => {
      const options = { keys: [key], arguments: args };
      return client.evalSha(sha, options).catch(ifUnknown(() => client.eval(text, options)));
    },
  };
}

function ioRedis(client: IoRedisClient): Commands {
  return {
    get: (key) => client.get(key),
    run: ({ sha, text }, key, args) =>
      client
        .evalsha(sha, 1, key, ...args)
        .catch(ifUnknown(() => client.eval(text, 1, key, ...args))),
  };
}

/**
 * A server that has just started knows no script and has run nothing: sends the whole script then.
 */
function ifUnknown(send: () => Promise<unknown>): (error: unknown) => Promise<unknown> {
  return (error) => {
    if (error instanceof Error && error.message.startsWith("NOSCRIPT")) return send();
    throw error;
  };
}
