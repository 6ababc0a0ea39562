import { deadlineOf } from "../small-driver.ts";
import { type Mutation, tick } from "./mutation.ts";

/** Drivers that remove or sweep more than they should, or less. */
export const removals: Record<string, Mutation> = {
  "removes nothing": (right) => ({ remove: (key) => right.read(key) !== undefined }),
  "says it removed what was not there": (right) => ({
    remove: (key) => {
      right.remove(key);
      return true;
    },
  }),
  "says it removed what had expired": (right, backend) => ({
    remove: (key) => {
      const wasThere = backend.has(key);
      right.remove(key);
      return wasThere;
    },
  }),
  "says it removed nothing": (right) => ({
    remove: (key) => {
      right.remove(key);
      return false;
    },
  }),
  "removes what has no end only": (right, backend) => ({
    remove: (key) =>
      backend.get(key)?.deadline === Infinity ? right.remove(key) : right.read(key) !== undefined,
  }),
  "lets all who remove at once believe they did": (right) => ({
    remove: async (key) => {
      const wasThere = right.read(key) !== undefined;
      await tick();
      right.remove(key);
      return wasThere;
    },
  }),
  "removes later than it says": (right) => ({
    remove: async (key) => {
      setTimeout(() => right.remove(key), 5);
      return right.read(key) !== undefined;
    },
  }),
  "sweeps everything": (right, backend) => ({
    sweep: () => {
      const { size } = backend;
      backend.clear();
      return size || right.sweep();
    },
  }),
  "sweeps what has no end": (right, backend) => ({
    sweep: () => {
      for (const [key, { deadline }] of backend) if (deadline === Infinity) backend.delete(key);
      return right.sweep();
    },
  }),
  "sweeps by expiresAt": (right, backend) => ({
    sweep: () => {
      let swept = right.sweep();
      for (const [key, { expiresAt = Infinity }] of backend) {
        if (expiresAt <= Date.now() && backend.delete(key)) swept++;
      }
      return swept;
    },
  }),
  "sweeps nothing": () => ({ sweep: () => 0 }),
  "sweeps and counts one": (right) => ({ sweep: () => Math.min(1, right.sweep()) }),
  "counts what it looked at": (right, backend) => ({
    sweep: () => {
      const { size } = backend;
      right.sweep();
      return size;
    },
  }),
  "counts what it leaves": (right, backend) => ({
    sweep: () => [...backend.keys()].filter((key) => right.read(key) === undefined).length,
  }),
  "gives no count": (right) => ({ sweep: () => void right.sweep() as never }),
  "sweeps what was written anew since it looked": (right, backend) => ({
    sweep: async () => {
      const dead = [...backend.keys()].filter((key) => right.read(key) === undefined);
      await tick();
      for (const key of dead) backend.delete(key);
      return dead.length;
    },
  }),
  "sweeps by the first end of a record": (right, backend) => {
    const ends = new Map<string, number>();
    return {
      write: (key, text, options) => {
        if (!ends.has(key)) ends.set(key, deadlineOf(options.ttl));
        return right.write(key, text, options);
      },
      sweep: () => {
        const swept = right.sweep();
        for (const [key, end] of ends) if (end <= Date.now()) backend.delete(key);
        return swept;
      },
    };
  },
};
