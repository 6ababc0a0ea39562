import { createHash } from "node:crypto";
import type { DriverRecord, WriteOptions } from "zession";
import { deadlineOf, holds } from "../small-driver.ts";
import { type Mutation, sharedMap, told } from "./mutation.ts";

/** Gives versions of another kind out, and judges conditions by them. */
const versioned =
  (versionOf: (record: DriverRecord, key: string) => string | number): Mutation =>
  (right) => {
    const renamed = (key: string, it: DriverRecord | undefined) =>
      it && { ...it, version: versionOf(it, key) };
    const isRefused = (key: string, { if: condition }: WriteOptions) =>
      typeof condition === "object" && !holds(condition, renamed(key, right.read(key)));
    const plain = <Options extends WriteOptions>(options: Options): Options =>
      typeof options.if === "object" ? { ...options, if: undefined } : options;
    return {
      read: (key) => renamed(key, right.read(key)),
      write: (key, text, options) => {
        const current = renamed(key, right.read(key));
        if (isRefused(key, options)) return { written: false, current };
        const result = right.write(key, text, plain(options));
        if (!result.written) return { written: false, current };
        const version = versionOf({ text, version: result.version, expiresAt: undefined }, key);
        return { written: true, version };
      },
      touch: (key, options) => !isRefused(key, options) && right.touch(key, plain(options)),
    };
  };

/** A counter of versions: one a key, forgotten at moments that are to be shown wrong. */
const counted = (forgets: (event: "remove" | "expiry" | "sweep") => boolean): Mutation => {
  const countsOf = sharedMap<number>();
  return (right, backend) => {
    const counts = countsOf(backend);
    const forgetExpired = (key: string, event: "expiry" | "sweep") => {
      if (backend.has(key) && right.read(key) === undefined && forgets(event)) counts.delete(key);
    };
    const count = (key: string): number => {
      const next = (counts.get(key) ?? 0) + 1;
      counts.set(key, next);
      return next;
    };
    return {
      write: (key, text, options) => {
        forgetExpired(key, "expiry");
        const current = right.read(key);
        if (!holds(options.if, current)) return { written: false, current };
        const { expiresAt } = options;
        const version = count(key);
        backend.set(key, { text, version, expiresAt, deadline: deadlineOf(options.ttl) });
        return { written: true, version };
      },
      remove: (key) => {
        if (forgets("remove")) counts.delete(key);
        return right.remove(key);
      },
      sweep: () => {
        for (const key of backend.keys()) forgetExpired(key, "sweep");
        return right.sweep();
      },
    };
  };
};

/** Drivers whose versions come back, or change by themselves. */
export const versions: Record<string, Mutation> = {
  "makes versions of texts": versioned(({ text }) => createHash("sha1").update(text).digest("hex")),
  "makes versions of the time": versioned(() => Date.now()),
  "makes versions of floating numbers": (() => {
    let count = 0;
    const numbers = new Map<unknown, number>();
    return versioned(({ version }) => {
      if (!numbers.has(version)) numbers.set(version, 2 ** 53 + ++count);
      return numbers.get(version) ?? 0;
    });
  })(),
  "gives every record the same version": versioned(() => 1),
  "gives another kind of version when it reads": told((it) => ({
    ...it,
    version: Buffer.from(`${it.version}`),
  })),
  "counts versions anew after a removal": counted((event) => event === "remove"),
  "counts versions anew after an expiry": counted((event) => event === "expiry"),
  "counts versions anew after a sweep": counted((event) => event === "sweep"),
  "counts versions in each driver": (right, backend) => {
    let count = 0;
    return {
      write: (key, text, options) => {
        const result = right.write(key, text, options);
        const stored = backend.get(key);
        if (!result.written || !stored) return result;
        backend.set(key, { ...stored, version: ++count });
        return { written: true, version: count };
      },
    };
  },
  "keeps the version where the text is the same": (right, backend) => ({
    write: (key, text, options) => {
      const before = right.read(key);
      const result = right.write(key, text, options);
      const stored = backend.get(key);
      if (!result.written || !stored || before?.text !== text) return result;
      backend.set(key, { ...stored, version: before.version });
      return { written: true, version: before.version };
    },
  }),
  "changes the version with every read": (right, backend) => ({
    read: (key) => {
      const record = right.read(key);
      const stored = backend.get(key);
      if (record && stored) backend.set(key, { ...stored, version: crypto.randomUUID() });
      return record;
    },
  }),
};
