import { hash } from "#sha256";
import { ConfigurationError, UnavailableError } from "../errors.ts";
import { unref } from "../util/timer.ts";
import { isWorkerd } from "../util/workerd.ts";
import type { CallOptions, Driver, DriverRecord, WriteOptions, WriteResult } from "./driver.ts";
import { holds } from "./holds.ts";
import { newVersion } from "./new-version.ts";
import { refuseLate } from "./refuse-late.ts";
import { BUSY_TIMEOUT, endOf } from "./retry-until.ts";

/** Options of {@link unstorageDriver}. */
export interface UnstorageDriverOptions {
  /**
   * A storage of the package `unstorage`: what `createStorage()`, `prefixStorage()` or Nitro's
   * `useStorage()` returns. You dispose of it yourself.
   */
  readonly storage: UnstorageStorage;
}

/** What the driver uses of a storage of the package `unstorage`. */
export interface UnstorageStorage {
  /** Reads a value. */
  getItem(key: string): Promise<unknown>;
  /** Stores a text. */
  setItem(key: string, text: string, options: UnstorageSetOptions): Promise<void>;
  /** Deletes a value. */
  removeItem(key: string): Promise<void>;
  /** Lists the keys that begin with a base. */
  getKeys(base: string): Promise<string[]>;
}

/** How a storage keeps a text. */
export interface UnstorageSetOptions {
  /** After how many seconds the storage may delete it. Not every storage does. */
  ttl?: number;
}

/** A driver on a storage of the package `unstorage`. */
export interface UnstorageDriver extends Driver<false> {
  /**
   * Deletes all expired sessions, one after another, and returns how many. It reads every session of
   * the storage. If it fails for one, it goes on with the others and rejects at the end. Storages
   * that heed `ttl`, such as Redis, have nothing to sweep.
   */
  sweep(): Promise<number>;
}

/**
 * Keeps sessions in a storage of the package `unstorage`, which Nitro and Nuxt bring along: in
 * files, in Redis, in memory, or in one of many services.
 *
 * No release of unstorage up to 2.0.0-beta.0 can compare and set, so sessions have no `swap`,
 * `upsert`, `update`, `take` and `rotate`. Of two writes at once, the last one wins. Only a write
 * restarts the idle time. A storage cannot be told to drop a call, so a write that took too long may
 * still be carried out after its verb has rejected.
 *
 * Each session has one key, `zession:` and a hash. A storage that does not heed `ttl`, such as one
 * of files, keeps what has expired until you call `sweep()`.
 *
 * @throws ConfigurationError if `storage` is no storage of unstorage
 * @example
 * ```ts
 * import { createStorage } from "unstorage";
 * import fsDriver from "unstorage/drivers/fs";
 *
 * const storage = createStorage({ driver: fsDriver({ base: "./sessions" }) });
 * defineSession({ key, value, keyFn, driver: unstorageDriver({ storage }) });
 * ```
 */
export function unstorageDriver({ storage }: UnstorageDriverOptions): UnstorageDriver {
  for (const method of ["getItem", "setItem", "removeItem", "getKeys"] as const) {
    if (typeof storage?.[method] !== "function")
      throw new ConfigurationError(
        '"storage" of unstorageDriver must be a storage of the package unstorage, such as createStorage() returns.',
      );
  }
  return new Unstorage(storage);
}

/** What the storage's keys begin with. */
const BASE = "zession";
/** A key of the storage that is of this driver. */
const STORAGE_KEY = /^zession:[\da-f]{64}$/;
/** How long to read again what cannot be read, in milliseconds: it may be half written. */
const HALF_WRITTEN_TIMEOUT = 500;
/** How long to wait before it is read again, in milliseconds. */
const PAUSE = 5;

/** It has no `touch`: without compare-and-set, a touch could undo a removal. */
class Unstorage implements UnstorageDriver {
  readonly atomic = false;
  readonly #storage: UnstorageStorage;
  /** The last call of this process that changes a storage key. The next one waits for it. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(storage: UnstorageStorage) {
    this.#storage = storage;
  }

  read(key: string): Promise<DriverRecord | undefined> {
    return this.#read(storageKey(key));
  }

  write(key: string, text: string, options: WriteOptions): Promise<WriteResult> {
    const { expiresAt, ttl, if: condition, timeout } = options;
    const name = storageKey(key);
    return this.#inTurn(name, timeout, async (end) => {
      if (condition !== undefined) {
        const current = await this.#read(name);
        if (!holds(condition, current)) return { written: false, current };
        refuseLate(end, "The storage");
      }
      const version = newVersion();
      const deadline = ttl === undefined ? undefined : Date.now() + ttl;
      const item = toItem({ text, version, expiresAt, deadline });
      await this.#storage.setItem(
        name,
        item,
        ttl === undefined ? {} : { ttl: Math.ceil(ttl / 1000) },
      );
      return { written: true, version };
    });
  }

  remove(key: string, { timeout }: CallOptions = {}): Promise<boolean> {
    const name = storageKey(key);
    return this.#inTurn(name, timeout, async (end) => {
      const current = await this.#read(name);
      refuseLate(end, "The storage");
      await this.#storage.removeItem(name);
      if (current === undefined) return false;
      // The drivers for files say nothing of a file that they could not delete.
      if ((await this.#read(name))?.version === current.version)
        throw new UnavailableError("The storage still has a session that it was told to remove.");
      return true;
    });
  }

  async sweep(): Promise<number> {
    let swept = 0;
    let failure: { readonly error: unknown } | undefined;
    for (const name of await this.#storage.getKeys(BASE)) {
      if (!STORAGE_KEY.test(name)) continue;
      try {
        if (await this.#removeExpired(name)) swept++;
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
    return swept;
  }

  #removeExpired(name: string): Promise<boolean> {
    return this.#inTurn(name, BUSY_TIMEOUT, async (end) => {
      const entry = await this.#readEntry(name);
      if (entry === undefined || !isExpired(entry)) return false;
      refuseLate(end, "The storage");
      await this.#storage.removeItem(name);
      return true;
    });
  }

  /**
   * Changes a storage key after the calls of this process that change it already: two writes into
   * one file at once would leave parts of both. A call that takes longer than its caller waits loses
   * its turn, because a storage may never answer.
   *
   * @param change - gets the last moment, by `performance.now()`, at which it may change anything
   */
  async #inTurn<Result>(
    name: string,
    timeout: number | undefined,
    change: (end: number) => Promise<Result>,
  ): Promise<Result> {
    const end = endOf(timeout);
    // On workerd no request may wait for another, and there are no files.
    const before = isWorkerd ? undefined : this.#turns.get(name);
    let finish = (): void => {};
    const turn = new Promise<void>((resolve) => {
      finish = () => {
        if (this.#turns.get(name) === turn) this.#turns.delete(name);
        resolve();
      };
    });
    this.#turns.set(name, turn);
    const timer = timeout === undefined ? undefined : unref(setTimeout(finish, timeout));
    try {
      if (before !== undefined) {
        await before;
        refuseLate(end, "The storage");
      }
      return await change(end);
    } finally {
      clearTimeout(timer);
      finish();
    }
  }

  async #read(name: string): Promise<DriverRecord | undefined> {
    const entry = await this.#readEntry(name);
    if (entry === undefined || isExpired(entry)) return undefined;
    const { text, version, expiresAt } = entry;
    return { text, version, expiresAt };
  }

  async #readEntry(name: string): Promise<Entry | undefined> {
    const end = performance.now() + HALF_WRITTEN_TIMEOUT;
    for (;;) {
      const item = await this.#storage.getItem(name);
      if (item === null || item === undefined) return undefined;
      // The drivers for files answer with what they should have thrown.
      if (item instanceof Error) throw item;
      const entry = ofItem(item);
      if (entry !== undefined) return entry;
      // Damaged for good: a record that no verb can read, and that can be removed and replaced.
      if (performance.now() >= end) return UNREADABLE;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/**
 * Returns the storage's key for a driver key. Storages change keys, each in its own way: they cut
 * them, fold their case, or read `/`, `?` and dots as something else. They all keep this one.
 */
function storageKey(key: string): string {
  return `${BASE}:${hash("sha256", key, "hex")}`;
}

/** What is kept under a key. */
interface Entry extends DriverRecord {
  /** When the record expires, by the clock of the program that wrote it. */
  readonly deadline: number | undefined;
}

/** The text of an item: a hash of what follows, the version, both times, and the record's text. */
const ITEM = /^zession:([\w-]{43}):(([^:]*):([^:]*):([^:]*):(.*))$/s;
const UNREADABLE: Entry = { text: "", version: "", expiresAt: undefined, deadline: undefined };

/**
 * Returns the text to store. It looks like no JSON and no number, because storages read those. Its
 * hash tells if it is half written: the drivers for files write into the file that others read.
 */
function toItem({ text, version, expiresAt, deadline }: Entry): string {
  const content = `${version}:${expiresAt ?? ""}:${deadline ?? ""}:${text}`;
  return `zession:${hash("sha256", content, "base64url")}:${content}`;
}

/** Returns what a stored text says, or `undefined` if it is damaged. */
function ofItem(item: unknown): Entry | undefined {
  if (typeof item !== "string") return undefined;
  const [, check, content = "", version = "", expiresAt, deadline, text = ""] =
    ITEM.exec(item) ?? [];
  if (check !== hash("sha256", content, "base64url")) return undefined;
  return { text, version, expiresAt: time(expiresAt), deadline: time(deadline) };
}

function time(text: string | undefined): number | undefined {
  return text === "" ? undefined : Number(text);
}

function isExpired({ deadline }: Entry): boolean {
  return deadline !== undefined && Date.now() >= deadline;
}
