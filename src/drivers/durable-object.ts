/// <reference path="./cloudflare-workers.d.ts" />
import { DurableObject } from "cloudflare:workers";
import { ConfigurationError, UnavailableError } from "../errors.ts";
import type {
  CallOptions,
  Driver,
  DriverExpiry,
  DriverRecord,
  TouchOptions,
  VersionCondition,
  WriteCondition,
  WriteOptions,
  WriteResult,
} from "./driver.ts";
import { holds } from "./holds.ts";
import { newVersion } from "./new-version.ts";

/** Options of {@link durableObjectDriver}. */
export interface DurableObjectDriverOptions {
  /** The binding to the class {@link SessionObject}, such as `env.SESSIONS`. */
  readonly namespace: SessionObjectNamespace;
}

/** A binding to the class {@link SessionObject}. */
export interface SessionObjectNamespace {
  /** Returns the id of the object with this name. */
  idFromName(name: string): object;
  /** Returns a stub, which sends calls to an object. */
  get(id: object): SessionObjectStub;
}

/** Sends calls to an object. */
export interface SessionObjectStub {
  /** See {@link SessionObject.read}. */
  read(): Promise<DriverRecord | undefined>;
  /** See {@link SessionObject.write}. */
  write(text: string, options: SessionObjectWrite): Promise<WriteResult>;
  /** See {@link SessionObject.remove}. */
  remove(latest: number | undefined): Promise<boolean>;
  /** See {@link SessionObject.touch}. */
  touch(options: SessionObjectTouch): Promise<boolean>;
}

/** How and when an object writes. */
export interface SessionObjectWrite extends DriverExpiry {
  /** The condition. Without one, the write always happens. */
  readonly if: WriteCondition | undefined;
  /** Until when the caller waits, in milliseconds since 1970; `undefined` means no limit. */
  readonly latest: number | undefined;
}

/** How and when an object touches. */
export interface SessionObjectTouch extends DriverExpiry {
  /** The version that the record must have; without it any will do. */
  readonly if: VersionCondition | undefined;
  /** Until when the caller waits, in milliseconds since 1970; `undefined` means no limit. */
  readonly latest: number | undefined;
}

/**
 * Keeps sessions in Durable Objects of Cloudflare Workers: one object for each session. An object
 * carries out one call after another, so it compares and sets without a transaction. A call is one
 * round trip to it.
 *
 * When a verb resolves, its write is on several disks. An object deletes what it stores when its
 * session has expired, by an alarm.
 *
 * A call that reaches the object after its caller has given up is not carried out. Two clocks of
 * Cloudflare decide that. They should agree to within the definition's `timeout`.
 *
 * @throws ConfigurationError if `namespace` is no binding to a class of Durable Objects
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 *
 * export { SessionObject } from "zession/drivers/durable-object";
 *
 * defineSession({ key, value, keyFn, driver: durableObjectDriver({ namespace: env.SESSIONS }) });
 * ```
 */
export function durableObjectDriver({ namespace }: DurableObjectDriverOptions): Driver {
  if (typeof namespace?.idFromName !== "function")
    throw new ConfigurationError(
      '"namespace" of durableObjectDriver must be the binding to SessionObject, such as env.SESSIONS.',
    );
  return new DurableObjects(namespace);
}

class DurableObjects implements Driver {
  readonly atomic = true;
  readonly #namespace: SessionObjectNamespace;

  constructor(namespace: SessionObjectNamespace) {
    this.#namespace = namespace;
  }

  async read(key: string): Promise<DriverRecord | undefined> {
    return await this.#object(key).read();
  }

  async write(
    key: string,
    text: string,
    { expiresAt, ttl, if: condition, timeout }: WriteOptions,
  ): Promise<WriteResult> {
    const options = { expiresAt, ttl, if: condition, latest: latestOf(timeout) };
    return await this.#object(key).write(text, options);
  }

  async remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    return await this.#object(key).remove(latestOf(timeout));
  }

  async touch(
    key: string,
    { expiresAt, ttl, if: condition, timeout }: TouchOptions,
  ): Promise<boolean> {
    const options = { expiresAt, ttl, if: condition, latest: latestOf(timeout) };
    return await this.#object(key).touch(options);
  }

  /** A stub belongs to the request that made it, and is broken after an error. So none is kept. */
  #object(key: string): SessionObjectStub {
    return this.#namespace.get(this.#namespace.idFromName(key));
  }
}

function latestOf(timeout: number | undefined): number | undefined {
  return timeout === undefined ? undefined : Date.now() + timeout;
}

/** The key of the record in an object's storage. */
const RECORD = "record";

/** What an object stores. */
interface Stored {
  readonly record: DriverRecord;
  /** When the record expires, by Cloudflare's clock. */
  readonly deadline: number | undefined;
  /**
   * When the alarm goes off, if it is set. It may be earlier than the deadline, because a use of
   * the session does not move it: each move would be one more write.
   */
  readonly alarm: number | undefined;
}

/**
 * The object that keeps one session. Export it from your Worker, and bind it as a class with
 * SQLite storage (`new_sqlite_classes`). Only {@link durableObjectDriver} calls its methods.
 *
 * No method waits between reading and writing, so each change is one step. Cloudflare holds every
 * answer back until what was written before it is stored.
 */
export class SessionObject extends DurableObject {
  /** Returns the record, if there is one that has not expired. */
  read(): DriverRecord | undefined {
    return this.#live()?.record;
  }

  /** Stores text if the condition holds. */
  async write(
    text: string,
    { expiresAt, ttl, if: condition, latest }: SessionObjectWrite,
  ): Promise<WriteResult> {
    refuseLate(latest);
    const current = this.#live()?.record;
    if (!holds(condition, current)) return { written: false, current };
    const version = newVersion();
    await this.#store({ text, version, expiresAt }, ttl);
    return { written: true, version };
  }

  /** Deletes the record. Returns whether there was one that had not expired. */
  async remove(latest: number | undefined): Promise<boolean> {
    refuseLate(latest);
    const isLive = this.#live() !== undefined;
    await this.#clear();
    return isLive;
  }

  /** Sets the expiry of an existing record. Returns whether it did. */
  async touch({ expiresAt, ttl, if: condition, latest }: SessionObjectTouch): Promise<boolean> {
    refuseLate(latest);
    const current = this.#live()?.record;
    if (current === undefined || !holds(condition, current)) return false;
    await this.#store({ ...current, expiresAt }, ttl);
    return true;
  }

  /** Deletes what has expired. Cloudflare calls it, and again if it fails. */
  async alarm(): Promise<void> {
    const live = this.#live();
    if (live === undefined) await this.#clear();
    else await this.#put({ ...live, alarm: undefined });
  }

  #stored(): Stored | undefined {
    return this.ctx.storage.kv.get<Stored>(RECORD);
  }

  #live(): Stored | undefined {
    const stored = this.#stored();
    return stored?.deadline !== undefined && Date.now() >= stored.deadline ? undefined : stored;
  }

  #store(record: DriverRecord, ttl: number | undefined): Promise<void> {
    const deadline = ttl === undefined ? undefined : Date.now() + ttl;
    const alarm = this.#stored()?.alarm;
    return this.#put({ record, deadline, alarm });
  }

  /**
   * Stores a record at once, and with it an alarm, unless one goes off at its deadline or before.
   */
  async #put(stored: Stored): Promise<void> {
    const { storage } = this.ctx;
    const { deadline, alarm } = stored;
    const isDue = deadline !== undefined && (alarm === undefined || alarm > deadline);
    storage.kv.put<Stored>(RECORD, isDue ? { ...stored, alarm: deadline } : stored);
    if (isDue) await storage.setAlarm(deadline);
  }

  /** Leaves an object that costs nothing. Both are carried out before any other call. */
  async #clear(): Promise<void> {
    const { storage } = this.ctx;
    await Promise.all([storage.deleteAlarm(), storage.deleteAll()]);
  }
}

function refuseLate(latest: number | undefined): void {
  if (latest !== undefined && Date.now() >= latest)
    throw new UnavailableError(
      "The call reached the session's Durable Object after its time, and was not carried out.",
    );
}
