import { createHash } from "node:crypto";
import type {
  Driver,
  DriverRecord,
  TouchOptions,
  VersionCondition,
  WriteCondition,
  WriteOptions,
  WriteResult,
} from "../core/driver.ts";
import { ConfigurationError } from "../core/errors.ts";
import { newVersion } from "./new-version.ts";

/** What {@link redisDriver} uses of a client, or of a cluster's client, of the package `redis`. */
export interface NodeRedisClient {
  /** `GET`. */
  get(key: string): Promise<unknown>;
  /** `DEL`. */
  del(key: string): Promise<unknown>;
  /** `EVALSHA`. */
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** `EVAL`. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What {@link redisDriver} uses of a client, or of a cluster's client, of the package `ioredis`. */
export interface IoRedisClient {
  /** `GET`. */
  get(key: string): Promise<unknown>;
  /** `DEL`. */
  del(key: string): Promise<unknown>;
  /** `EVALSHA`. */
  evalsha(sha: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
  /** `EVAL`. */
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** What {@link redisDriver} is told. */
export interface RedisDriverOptions {
  /** A connected client of the package `redis` or `ioredis`, for one server or for a cluster. It stays yours to close. */
  readonly client: NodeRedisClient | IoRedisClient;
  /** What keys begin with. Default `"zession:"`. */
  readonly prefix?: string | undefined;
}

/**
 * Keeps sessions in Redis 6.2 or later, in Valkey, or in a Redis Cluster: each under one key, with a time to live of its own, so
 * that Redis clears away what has expired. A read is one command; a write is one script, which compares and sets.
 *
 * How safe a write is from a crash is for the server to say: with `appendfsync always` it is on the disk when the verb resolves,
 * with `everysec` the last second may be lost, and without persistence everything. Set `maxmemory-policy` to `noeviction`, or
 * sessions vanish when memory is short.
 *
 * @throws ConfigurationError if the client is of neither kind
 * @example
 * ```ts
 * const client = await createClient({ url: process.env.REDIS_URL }).connect();
 * defineSession({ key, value, keyFn, driver: redisDriver({ client }) });
 * ```
 */
export function redisDriver({ client, prefix = "zession:" }: RedisDriverOptions): Driver {
  return new Redis(commandsOf(client), prefix);
}

/** A record is one string: version, end and text, parted by spaces. So long is its version. */
const VERSION_LENGTH = 16;

/**
 * Writes if a condition holds: `*` always, `-` nothing there, `+` something there, else this version. Gives that it did, or
 * what is there instead. No time to live is an empty one. A record that is there already has come before: a client whose
 * connection broke may send it twice.
 */
const WRITE = scriptOf(`
local current = redis.call('GET', KEYS[1])
local version = current and string.sub(current, 1, ${VERSION_LENGTH})
if version == string.sub(ARGV[2], 1, ${VERSION_LENGTH}) then return {'written'} end
local wanted = ARGV[1]
local holds = wanted == '*' or (wanted == '-' and not current) or (wanted == '+' and current)
  or version == wanted
if not holds then return {'refused', current} end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return {'written'}`);

/** Gives a record another end, if it is there and has the version that is wanted. Gives whether it did. */
const TOUCH = scriptOf(`
local current = redis.call('GET', KEYS[1])
if not current then return 0 end
local version = string.sub(current, 1, ${VERSION_LENGTH})
if ARGV[1] ~= '+' and ARGV[1] ~= version then return 0 end
local text = string.sub(current, (string.find(current, ' ', ${VERSION_LENGTH + 2}, true)))
local touched = version .. ' ' .. ARGV[2] .. text
if ARGV[3] == '' then redis.call('SET', KEYS[1], touched)
else redis.call('SET', KEYS[1], touched, 'PX', ARGV[3]) end
return 1`);

interface Script {
  readonly text: string;
  readonly sha: string;
}

function scriptOf(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** The commands that both kinds of client have, in one form. */
interface Commands {
  get(key: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  run(script: Script, key: string, args: string[]): Promise<unknown>;
}

function commandsOf(client: NodeRedisClient | IoRedisClient): Commands {
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
    del: (key) => client.del(key),
    run: ({ sha, text }, key, args) => {
      const options = { keys: [key], arguments: args };
      return client.evalSha(sha, options).catch(orElse(() => client.eval(text, options)));
    },
  };
}

function ioRedis(client: IoRedisClient): Commands {
  return {
    get: (key) => client.get(key),
    del: (key) => client.del(key),
    run: ({ sha, text }, key, args) =>
      client.evalsha(sha, 1, key, ...args).catch(orElse(() => client.eval(text, 1, key, ...args))),
  };
}

/** A server that has been restarted knows no script: it is sent in full then, and known again. Nothing had been run. */
function orElse(send: () => Promise<unknown>): (error: unknown) => Promise<unknown> {
  return (error) => {
    if (error instanceof Error && error.message.startsWith("NOSCRIPT")) return send();
    throw error;
  };
}

class Redis implements Driver {
  readonly atomic = true;
  readonly #commands: Commands;
  readonly #prefix: string;

  constructor(commands: Commands, prefix: string) {
    this.#commands = commands;
    this.#prefix = prefix;
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    return recordOf(await this.#commands.get(this.#prefix + key));
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition }: WriteOptions,
  ): Promise<WriteResult> {
    const version = newVersion();
    const record = `${version} ${expiresAt ?? ""} ${text}`;
    const args = [wanted(condition), record, milliseconds(ttl)];
    const [outcome, current] = (await this.#commands.run(
      WRITE,
      this.#prefix + key,
      args,
    )) as unknown[];
    // Text, which a client may give as bytes; numbers it may give as anything.
    return `${outcome}` === "written"
      ? { written: true, version }
      : { written: false, current: recordOf(current) };
  }

  async remove(key: string): Promise<boolean> {
    return isOne(await this.#commands.del(this.#prefix + key));
  }

  async touch(key: string, { expiresAt, ttl, if: condition }: TouchOptions): Promise<boolean> {
    const args = [wanted(condition ?? "present"), `${expiresAt ?? ""}`, milliseconds(ttl)];
    return isOne(await this.#commands.run(TOUCH, this.#prefix + key, args));
  }
}

function wanted(condition: WriteCondition | VersionCondition | undefined): string {
  if (condition === undefined) return "*";
  if (condition === "absent") return "-";
  return condition === "present" ? "+" : `${condition.version}`;
}

/** Redis takes whole milliseconds, and at least one. */
function milliseconds(ttl: number | undefined): string {
  return ttl === undefined ? "" : `${Math.max(1, Math.ceil(ttl))}`;
}

/** A client may be told to give numbers as text. */
function isOne(answer: unknown): boolean {
  return `${answer}` === "1";
}

function recordOf(answer: unknown): DriverRecord | undefined {
  if (answer === null || answer === undefined) return undefined;
  const stored = String(answer);
  const end = stored.indexOf(" ", VERSION_LENGTH + 1);
  const expiresAt = stored.slice(VERSION_LENGTH + 1, end);
  return {
    text: stored.slice(end + 1),
    version: stored.slice(0, VERSION_LENGTH),
    expiresAt: expiresAt === "" ? undefined : Number(expiresAt),
  };
}
