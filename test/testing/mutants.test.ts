import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Driver, memoryDriver } from "zession";
import { describeDriver, faultyDriver, type Outage } from "zession/testing";
import { mapDriver } from "../../examples/map-driver.ts";
import { accepted } from "./mutants/accepted.ts";
import { answers } from "./mutants/answers.ts";
import { conditions } from "./mutants/conditions.ts";
import { expiry } from "./mutants/expiry.ts";
import { keys } from "./mutants/keys.ts";
import type { Mutation } from "./mutants/mutation.ts";
import { races } from "./mutants/races.ts";
import { removals } from "./mutants/removals.ts";
import { texts } from "./mutants/texts.ts";
import { touches } from "./mutants/touches.ts";
import { versions } from "./mutants/versions.ts";
import { type Backend, later, smallDriver } from "./small-driver.ts";

/** Every defect that the suite has to see. */
const mutants: Record<string, Mutation> = {
  ...keys,
  ...texts,
  ...answers,
  ...conditions,
  ...versions,
  ...expiry,
  ...touches,
  ...removals,
  ...races,
};

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const advance = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

interface Suite {
  readonly make: () => Driver<boolean>;
  readonly outage?: Outage | undefined;
}

/**
 * Runs the suite up to the first test that fails. Returns its title and error, or `undefined` if
 * all pass.
 */
async function refusal({ make, outage }: Suite): Promise<string | undefined> {
  const tests: [title: string, run: () => Promise<void>][] = [];
  describeDriver("a driver", make, {
    describe: (_, define) => define(),
    it: (title, run) => tests.push([title, run]),
    advance,
    outage,
  });
  for (const [title, run] of tests) {
    try {
      await run();
    } catch (error) {
      return `${title}: ${error}`;
    }
  }
  return undefined;
}

describe("describeDriver accepts", () => {
  const shared: Backend = new Map();
  it.each<[string, () => Driver<boolean>]>([
    ["memoryDriver", () => memoryDriver()],
    ["the driver of the examples", () => mapDriver()],
    ["a driver without a backend in common", () => smallDriver()],
    ["a driver with a backend in common", () => smallDriver(shared)],
    ["a driver that answers with promises", () => later(smallDriver(shared))],
    [
      "a driver without touch, sweep and close",
      () => {
        const { touch: _touch, sweep: _sweep, close: _close, ...driver } = smallDriver();
        return driver;
      },
    ],
    ["a driver that is not atomic", () => ({ ...smallDriver(), atomic: false })],
  ])("%s (D22)", async (_, make) => {
    expect(await refusal({ make })).toBeUndefined();
  });
});

// One test each: those that race take their time.
describeDriver(
  "a driver that answers late, each time by another while",
  () => {
    const driver = faultyDriver(smallDriver());
    driver.inject({ jitter: 1 });
    return driver;
  },
  { describe, it, advance },
);

/** Makes drivers of one backend with this defect. */
function broken(mutate: Mutation, atomic = true): () => Driver<boolean> {
  const backend: Backend = new Map();
  return () => {
    const right = smallDriver(backend);
    return { ...right, ...mutate(right, backend), atomic };
  };
}

describe("describeDriver refuses a driver that", () => {
  it.each(Object.entries(mutants))("%s (D22)", async (_, mutate) => {
    expect(await refusal({ make: broken(mutate) })).toBeDefined();
  });
});

describe("describeDriver cannot tell of a driver that", () => {
  it.each(Object.entries(accepted))("%s", async (_, mutate) => {
    expect(await refusal({ make: broken(mutate) })).toBeUndefined();
  });
});

describe("describeDriver asks of a driver that is not atomic", () => {
  it.each([
    "cuts keys at 255 characters",
    "cuts texts at 64 KiB",
    "ignores that something is there",
    "counts versions anew after a removal",
    "keeps the old ttl in writes without a condition",
    "touches whatever the version",
    "sweeps nothing",
  ])("all but atomicity: it refuses one that %s", async (name) => {
    expect(await refusal({ make: broken(mutants[name] as Mutation, false) })).toBeDefined();
  });

  it.each([
    "looks, waits, and writes if absent",
    "looks, waits, and writes by a version",
    "lets all who remove at once believe they did",
  ])("no atomicity: it accepts one that %s", async (name) => {
    expect(await refusal({ make: broken(mutants[name] as Mutation, false) })).toBeUndefined();
  });
});

describe("describeDriver, told of outages,", () => {
  it("accepts a driver that carries nothing out late (C39)", async () => {
    expect(await refusal(remote())).toBeUndefined();
  });

  it.each(["read", "write", "remove", "touch"] as const)(
    "refuses a driver whose %s is answered as if all were well (C39, D22)",
    async (method) => {
      const wrong = { read: undefined, write: { written: true, version: 1 }, remove: true };
      const answer = method === "touch" ? true : wrong[method];
      const why = await refusal(remote({ [method]: () => answer }));
      // A touch is none of the calls that have to fail.
      expect(why !== undefined).toBe(method !== "touch");
    },
  );

  it.each(["write", "remove", "touch"] as const)(
    "refuses a driver whose %s is carried out late (C39, D22)",
    async (method) => {
      expect(await refusal(remote({}, method))).toBeDefined();
    },
  );
});

/**
 * A driver whose backend can be out of reach. What comes meanwhile waits, and is dropped when its
 * time is over.
 *
 * @param answers - how methods answer at once during an outage, wrongly
 * @param late - a method that is carried out after the outage whatever its timeout
 */
function remote(answers: Partial<Record<string, () => unknown>> = {}, late?: string): Suite {
  const right = smallDriver();
  let waiting: (() => void)[] | undefined;
  const send = (method: string, timeout: number | undefined, call: () => unknown): never => {
    if (waiting === undefined) return call() as never;
    const answer = answers[method];
    if (answer) return answer() as never;
    const end = performance.now() + (timeout ?? Infinity);
    return new Promise((resolve, reject) => {
      waiting?.push(() => {
        if (performance.now() < end || method === late) resolve(call());
        else reject(new Error("too late"));
      });
    }) as never;
  };
  return {
    make: () => ({
      atomic: true,
      read: (key) => send("read", undefined, () => right.read(key)),
      write: (key, text, options) =>
        send("write", options.timeout, () => right.write(key, text, options)),
      remove: (key, options) => send("remove", options?.timeout, () => right.remove(key)),
      touch: (key, options) => send("touch", options.timeout, () => right.touch(key, options)),
      sweep: () => right.sweep(),
    }),
    outage: {
      begin: () => {
        waiting = [];
      },
      end: () => {
        const calls = waiting ?? [];
        waiting = undefined;
        for (const call of calls) call();
      },
    },
  };
}
