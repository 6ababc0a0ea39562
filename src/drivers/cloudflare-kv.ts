import { ConfigurationError } from "../errors.ts";
import type { CallOptions, Driver, DriverRecord, WriteOptions, WriteResult } from "./driver.ts";
import { holds } from "./holds.ts";
import { newVersion } from "./new-version.ts";
import { refuseLate } from "./refuse-late.ts";
import { endOf } from "./retry-until.ts";

/** Options of {@link cloudflareKvDriver}. */
export interface CloudflareKvDriverOptions {
  /** The binding to the namespace, such as `env.SESSIONS`. */
  readonly namespace: KvBinding;
}

/** A binding to a namespace of Workers KV. */
export interface KvBinding {
  /** Reads a text and what is kept with it. */
  getWithMetadata(key: string): Promise<KvEntry>;
  /** Stores a text and what to keep with it. */
  put(key: string, text: string, options: KvPutOptions): Promise<void>;
  /** Deletes a text. */
  delete(key: string): Promise<void>;
}

/** What Workers KV has under a key. */
export interface KvEntry {
  /** The text, or `null` if there is none. */
  readonly value: string | null;
  /** What is kept with it. */
  readonly metadata: unknown;
}

/** How Workers KV stores a text. */
export interface KvPutOptions {
  /** After how many seconds Workers KV deletes it: 60 or more. */
  expirationTtl?: number;
  /** What to keep with it. */
  metadata: unknown;
}

/** What is kept with a text. */
interface Metadata {
  readonly version: string;
  readonly expiresAt: number | undefined;
  /** When the record expires, by Cloudflare's clock. */
  readonly deadline: number | undefined;
}

/** The shortest time that Workers KV keeps a text for, in seconds. */
const MIN_TTL = 60;

/**
 * Keeps sessions in Workers KV, which is fast to read everywhere and slow to change. A change may
 * take a minute to be seen elsewhere. **So a session that was removed may be read for another
 * minute.** If that matters, use Durable Objects.
 *
 * Workers KV cannot compare and set, so sessions have no `swap`, `upsert`, `update`, `take` and
 * `rotate`. Of two writes at once, the last one wins. It takes one write a second for each session;
 * others reject with `UnavailableError`. Only a write restarts the idle time.
 *
 * @throws ConfigurationError if `namespace` is no binding to Workers KV
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 *
 * defineSession({ key, value, keyFn, driver: cloudflareKvDriver({ namespace: env.SESSIONS }) });
 * ```
 */
export function cloudflareKvDriver({ namespace }: CloudflareKvDriverOptions): Driver<false> {
  if (typeof namespace?.getWithMetadata !== "function")
    throw new ConfigurationError(
      '"namespace" of cloudflareKvDriver must be a binding to Workers KV, such as env.SESSIONS.',
    );
  return new CloudflareKv(namespace);
}

/** It has no `touch`: without compare-and-set, a touch could undo a removal. */
class CloudflareKv implements Driver<false> {
  readonly atomic = false;
  readonly #namespace: KvBinding;

  constructor(namespace: KvBinding) {
    this.#namespace = namespace;
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    const { value, metadata } = await this.#namespace.getWithMetadata(key);
    if (value === null) return undefined;
    const { version, expiresAt, deadline } = metadata as Metadata;
    if (deadline !== undefined && Date.now() >= deadline) return undefined;
    return { text: value, version, expiresAt };
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition, timeout }: WriteOptions,
  ): Promise<WriteResult> {
    const end = endOf(timeout);
    if (condition !== undefined) {
      const current = await this.read(key);
      if (!holds(condition, current)) return { written: false, current };
      refuseLate(end, "Workers KV");
    }
    const version = newVersion();
    const deadline = ttl === undefined ? undefined : Date.now() + ttl;
    const metadata: Metadata = { version, expiresAt, deadline };
    const expiry =
      ttl === undefined ? {} : { expirationTtl: Math.max(MIN_TTL, Math.ceil(ttl / 1000)) };
    await this.#namespace.put(key, text, { ...expiry, metadata });
    return { written: true, version };
  }

  async remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    const end = endOf(timeout);
    const current = await this.read(key);
    refuseLate(end, "Workers KV");
    await this.#namespace.delete(key);
    return current !== undefined;
  }
}
