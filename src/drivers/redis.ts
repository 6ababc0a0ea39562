import { UnavailableError } from "../errors.ts";
import type {
  CallOptions,
  Driver,
  DriverRecord,
  TouchOptions,
  VersionCondition,
  WriteCondition,
  WriteOptions,
  WriteResult,
} from "./driver.ts";
import { newVersion } from "./new-version.ts";
import {
  type Commands,
  commandsOf,
  type IoRedisClient,
  type NodeRedisClient,
} from "./redis-clients.ts";
import { CHANGE } from "./redis-script.ts";
import { ServerClock } from "./server-clock.ts";

export type { IoRedisClient, NodeRedisClient } from "./redis-clients.ts";

/** Options of {@link redisDriver}. */
export interface RedisDriverOptions {
  /**
   * A connected client of the package `redis` or `ioredis`, for one server or for a cluster. You
   * close it yourself.
   */
  readonly client: NodeRedisClient | IoRedisClient;
  /** The start of every key in Redis. Default `"zession:"`. */
  readonly prefix?: string | undefined;
}

/**
 * Keeps sessions in Redis 6.2 or later, in Valkey, or in a Redis Cluster. Each session has one key
 * with a time to live, so that Redis deletes it when it has expired. A read is one command. A write
 * is one script, which compares and sets.
 *
 * Each write takes place once, even if a client sends it again after its answer was lost. It does
 * not take place after it has failed for its caller, even if a client has queued it meanwhile. The
 * server's clock decides. The clocks of a cluster's nodes should agree to within a twentieth of the
 * definition's `timeout`, or writes may take another round trip.
 *
 * The server's settings decide whether a write survives a crash: with `appendfsync always` it is on
 * the disk when the verb resolves, with `everysec` the last second may be lost, and without
 * persistence everything. Set `maxmemory-policy` to `noeviction`, or sessions vanish when memory is
 * short.
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

/**
 * How long the server accepts a call at most, in milliseconds. Records remember calls for as long.
 */
const MAX_TIMEOUT = 60_000;
/** Later than any server's clock. */
const NEVER = `${Number.MAX_SAFE_INTEGER}`;

/** What a call does to a record. */
interface Change extends CallOptions {
  readonly what: "write" | "touch" | "remove";
  readonly condition: string;
  readonly expiresAt?: number | undefined;
  readonly ttl?: number | undefined;
  readonly text?: string;
}

/** The outcome of a call. */
interface Outcome {
  readonly isDone: boolean;
  /** The version that a write sets. */
  readonly version: string;
  /** The record that a refused write found. */
  readonly current: DriverRecord | undefined;
}

class Redis implements Driver {
  readonly atomic = true;
  readonly #commands: Commands;
  readonly #prefix: string;
  readonly #clock = new ServerClock();
  /**
   * Names this driver among all that ever write. Made by the first call: some platforms have no
   * random values before.
   */
  #writer: string | undefined;
  #calls = 0;

  constructor(commands: Commands, prefix: string) {
    this.#commands = commands;
    this.#prefix = prefix;
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    return recordOf(await this.#commands.get(this.#prefix + key));
  }

  async write(key: string, text: string, options: WriteOptions): Promise<WriteResult> {
    const { expiresAt, ttl, timeout, if: condition } = options;
    const { isDone, version, current } = await this.#change(key, {
      what: "write",
      condition: conditionText(condition),
      expiresAt,
      ttl,
      timeout,
      text,
    });
    return isDone ? { written: true, version } : { written: false, current };
  }

  async remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    const change: Change = { what: "remove", condition: conditionText("present"), timeout };
    return (await this.#change(key, change)).isDone;
  }

  async touch(key: string, options: TouchOptions): Promise<boolean> {
    const { expiresAt, ttl, timeout, if: condition = "present" } = options;
    const change = {
      what: "touch",
      condition: conditionText(condition),
      expiresAt,
      ttl,
      timeout,
    } as const;
    return (await this.#change(key, change)).isDone;
  }

  /**
   * Runs one call. All its deliveries carry the same number, so that the server carries out one of
   * them at most.
   *
   * The caller's time ends a little earlier for the server, because its clock may have lost time
   * since it was read.
   */
  async #change(key: string, change: Change): Promise<Outcome> {
    const { what, condition, expiresAt, ttl, timeout = MAX_TIMEOUT, text = "" } = change;
    this.#writer ??= newVersion();
    const number = `${++this.#calls}`;
    const duration = Math.min(timeout, MAX_TIMEOUT);
    const tolerance = duration / 20 + 1;
    const end = performance.now() + duration;
    for (let now = this.#clock.now(); ; ) {
      const left = end - performance.now();
      const earliest = now === undefined ? NEVER : (now - tolerance).toFixed();
      const latest = now === undefined ? "0" : (now + left - tolerance).toFixed();
      const args = [what, this.#writer, number, earliest, latest, condition, `${expiresAt ?? ""}`];
      args.push(milliseconds(ttl), text);
      const [outcome, time, current] = await this.#run(this.#prefix + key, args, end);
      // Text and numbers come as bytes or as text, depending on the client's settings.
      now = Number(`${time}`);
      this.#clock.learn(now);
      const said = `${outcome}`;
      if (said === "done" || said === "refused") {
        const version = `${this.#writer}:${number}`;
        return { isDone: said === "done", version, current: recordOf(current) };
      }
      if (said === "late" || performance.now() >= end) {
        throw new UnavailableError(
          `The call reached Redis after its time, so that Redis did not ${what} the session, or had done so before without an answer.`,
        );
      }
    }
  }

  /**
   * Sends a call, and once more if its answer is lost: the server then answers whether it has
   * carried it out, or carries it out.
   */
  async #run(key: string, args: string[], end: number): Promise<unknown[]> {
    const send = () => this.#commands.run(CHANGE, key, args);
    const answer = await send().catch((error: unknown) => {
      if (performance.now() >= end) throw error;
      return send();
    });
    return answer as unknown[];
  }
}

function conditionText(condition: WriteCondition | VersionCondition | undefined): string {
  if (condition === undefined) return "*";
  if (condition === "absent") return "-";
  return condition === "present" ? "+" : `${condition.version}`;
}

/** Redis takes whole milliseconds, and at least one. */
function milliseconds(ttl: number | undefined): string {
  return ttl === undefined ? "" : `${Math.max(1, Math.ceil(ttl))}`;
}

/** See the script for the form of a record. */
function recordOf(answer: unknown): DriverRecord | undefined {
  if (answer === null || answer === undefined) return undefined;
  const stored = String(answer);
  const versionEnd = stored.indexOf(" ");
  if (versionEnd === 0) return undefined;
  const expiryEnd = stored.indexOf(" ", versionEnd + 1);
  const expiresAt = stored.slice(versionEnd + 1, expiryEnd);
  return {
    text: stored.slice(stored.indexOf(" ", expiryEnd + 1) + 1),
    version: stored.slice(0, versionEnd),
    expiresAt: expiresAt === "" ? undefined : Number(expiresAt),
  };
}
