import type {
  Driver,
  DriverRecord,
  TouchOptions,
  WriteCondition,
  WriteOptions,
  WriteResult,
} from "zession";

/** A record in a backend, and when it expires by the backend's clock. */
export interface Stored extends DriverRecord {
  readonly deadline: number;
}

export type Backend = Map<string, Stored>;

/** A driver that answers at once and has every method. */
export interface SmallDriver extends Driver {
  read(key: string): DriverRecord | undefined;
  write(key: string, text: string, options: WriteOptions): WriteResult;
  remove(key: string): boolean;
  touch(key: string, options: TouchOptions): boolean;
  sweep(): number;
  close(): void;
}

/**
 * Makes a correct driver, small enough to be broken in any way. Drivers of one backend share its
 * records.
 */
export function smallDriver(backend: Backend = new Map()): SmallDriver {
  const live = (key: string): Stored | undefined => {
    const stored = backend.get(key);
    return stored !== undefined && Date.now() < stored.deadline ? stored : undefined;
  };
  return {
    atomic: true,
    read: (key) => recordOf(live(key)),
    write(key, text, { expiresAt, ttl, if: condition }) {
      const current = live(key);
      if (!holds(condition, current)) return { written: false, current: recordOf(current) };
      const version = crypto.randomUUID();
      backend.set(key, { text, version, expiresAt, deadline: deadlineOf(ttl) });
      return { written: true, version };
    },
    remove(key) {
      const isLive = live(key) !== undefined;
      backend.delete(key);
      return isLive;
    },
    touch(key, { expiresAt, ttl, if: condition }) {
      const current = live(key);
      if (current === undefined || !holds(condition, current)) return false;
      backend.set(key, { ...current, expiresAt, deadline: deadlineOf(ttl) });
      return true;
    },
    sweep() {
      const dead = [...backend.keys()].filter((key) => live(key) === undefined);
      for (const key of dead) backend.delete(key);
      return dead.length;
    },
    close() {},
  };
}

export function deadlineOf(ttl: number | undefined): number {
  return ttl === undefined ? Infinity : Date.now() + ttl;
}

export function holds(
  condition: WriteCondition | undefined,
  record: DriverRecord | undefined,
): boolean {
  if (condition === undefined) return true;
  if (condition === "absent") return record === undefined;
  return record !== undefined && (condition === "present" || record.version === condition.version);
}

function recordOf(stored: Stored | undefined): DriverRecord | undefined {
  return stored && { text: stored.text, version: stored.version, expiresAt: stored.expiresAt };
}

/** Makes a driver answer with promises, after some turns of the microtask queue. */
export function later(driver: Driver): Driver {
  return {
    atomic: driver.atomic,
    read: async (key) => driver.read(key),
    write: async (key, text, options) => driver.write(key, text, options),
    remove: async (key, options) => driver.remove(key, options),
    touch: async (key, options) => driver.touch?.(key, options) ?? false,
    sweep: async () => driver.sweep?.() ?? 0,
    close: async () => driver.close?.(),
  };
}
