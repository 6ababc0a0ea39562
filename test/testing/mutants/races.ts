import type { DriverRecord, WriteResult } from "zession";
import { holds, type Stored } from "../small-driver.ts";
import { type Kind, kindOf, type Mutation, sharedMap, tick } from "./mutation.ts";

/** Waits between looking and writing, for writes of one kind. */
const torn =
  (kind: Kind): Mutation =>
  (right) => ({
    write: async (key, text, options) => {
      if (kindOf(options) !== kind) return right.write(key, text, options);
      const current = right.read(key);
      await tick();
      if (!holds(options.if, current)) return { written: false, current: right.read(key) };
      return right.write(key, text, { ...options, if: undefined });
    },
  });

/** Drivers that are not atomic, or answer before the deed. */
export const races: Record<string, Mutation> = {
  "looks, waits, and writes if absent": torn("absent"),
  "looks, waits, and writes if present": torn("present"),
  "looks, waits, and writes by a version": torn("version"),
  "deletes before it replaces": (right) => ({
    write: async (key, text, options) => {
      const current = right.read(key);
      if (!holds(options.if, current)) return { written: false, current };
      right.remove(key);
      await tick();
      return right.write(key, text, { ...options, if: undefined });
    },
  }),
  "stores text before version": (right, backend) => ({
    write: async (key, text, options) => {
      const result = right.write(key, text, options);
      const stored = backend.get(key);
      if (!result.written || !stored) return result;
      backend.set(key, { ...stored, version: "pending" });
      await tick();
      backend.set(key, stored);
      return result;
    },
  }),
  "stores the record before its end": (right, backend) => ({
    write: async (key, text, options) => {
      const before = backend.get(key);
      const result = right.write(key, text, options);
      const stored = backend.get(key);
      if (!result.written || !stored || !before) return result;
      backend.set(key, { ...stored, expiresAt: before.expiresAt });
      await tick();
      if (backend.get(key)?.version === stored.version) backend.set(key, stored);
      return result;
    },
  }),
  "shows nothing to the losers of a race": (right) => {
    const writing = new Map<string, number>();
    const count = (key: string, by: number) => {
      writing.set(key, (writing.get(key) ?? 0) + by);
      return writing.get(key) ?? 0;
    };
    return {
      write: async (key, text, options) => {
        const isAlone = count(key, 1) === 1;
        const result = right.write(key, text, options);
        await tick();
        count(key, -1);
        return result.written || isAlone ? result : { written: false, current: undefined };
      },
    };
  },
  "writes behind": (right) => ({
    write: (key, text, options) => {
      const current = right.read(key);
      if (!holds(options.if, current)) return { written: false, current };
      setTimeout(() => right.write(key, text, { ...options, if: undefined }), 5);
      return { written: true, version: crypto.randomUUID() };
    },
  }),
  "reads from a replica that is behind": (right) => {
    const written = new Map<string, { before: DriverRecord | undefined; until: number }>();
    return {
      read: (key) => {
        const late = written.get(key);
        return late && performance.now() < late.until ? late.before : right.read(key);
      },
      write: (key, text, options) => {
        const before = right.read(key);
        written.set(key, { before, until: performance.now() + 20 });
        return right.write(key, text, options);
      },
    };
  },
  "reads what was removed from a replica that is behind": (right) => {
    const removed = new Map<string, { before: DriverRecord | undefined; until: number }>();
    return {
      read: (key) => {
        const late = removed.get(key);
        const isLate = late && performance.now() < late.until;
        return right.read(key) ?? (isLate ? late.before : undefined);
      },
      remove: (key) => {
        removed.set(key, { before: right.read(key), until: performance.now() + 20 });
        return right.remove(key);
      },
    };
  },
  "caches what it read": (right, backend) => {
    const cache = new Map<string, Stored>();
    return {
      read: (key) => {
        const cached = cache.get(key);
        if (cached && Date.now() < cached.deadline) return cached;
        const record = right.read(key);
        const stored = backend.get(key);
        if (record && stored) cache.set(key, stored);
        return record;
      },
      write: (key, text, options) => {
        cache.delete(key);
        return right.write(key, text, options);
      },
      remove: (key) => {
        cache.delete(key);
        return right.remove(key);
      },
      touch: (key, options) => {
        cache.delete(key);
        return right.touch(key, options);
      },
    };
  },
  "shows other drivers what it wrote late": (() => {
    interface Late {
      readonly by: object;
      readonly before: DriverRecord | undefined;
      readonly until: number;
    }
    const lateOf = sharedMap<Late>();
    return (right, backend) => {
      const late = lateOf(backend);
      return {
        read: (key) => {
          const it = late.get(key);
          const isLate = it && it.by !== right && performance.now() < it.until;
          return isLate ? it.before : right.read(key);
        },
        write: (key, text, options) => {
          late.set(key, { by: right, before: right.read(key), until: performance.now() + 50 });
          return right.write(key, text, options);
        },
      };
    };
  })(),
  "locks within one driver only": (right, backend) => {
    let last: Promise<unknown> = Promise.resolve();
    return {
      write: (key, text, options) => {
        const write = async (): Promise<WriteResult> => {
          const current = right.read(key);
          await tick();
          if (!holds(options.if, current)) return { written: false, current: right.read(key) };
          return right.write(key, text, { ...options, if: undefined });
        };
        const result = last.then(write);
        last = result.catch(() => backend);
        return result;
      },
    };
  },
};
