import type { Driver } from "../drivers/driver.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { concurrency } from "./concurrency.ts";
import { type Capability, type DriverTest, type Outage, sleep } from "./context.ts";
import { data } from "./data.ts";
import { instances } from "./instances.ts";
import { keys } from "./keys.ts";
import { outage as outages } from "./outage.ts";
import { races } from "./races.ts";
import { sweep } from "./sweep.ts";
import { texts } from "./texts.ts";
import { time } from "./time.ts";
import { verbs } from "./verbs.ts";
import { versions } from "./versions.ts";
import { writes } from "./writes.ts";

/**
 * The two functions of a test runner that the suite needs: those of vitest, jest, bun:test or
 * node:test.
 */
export interface TestRunner {
  /** Groups tests. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Defines a test. */
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}

/** Options of {@link describeDriver}. */
export interface DescribeDriverOptions extends TestRunner {
  /**
   * Lets time pass for the driver's own expiry, in milliseconds: moves a fake `Date` forward, or
   * waits. Default: waits. An expiry that is one millisecond off is noticed only with a fake
   * `Date`.
   */
  readonly advance?: ((milliseconds: number) => MaybePromise<unknown>) | undefined;
  /** Makes the backend unreachable. Without it, outages are not tested. */
  readonly outage?: Outage | undefined;
  /**
   * How many upserts each of 8 rivals makes (C33). They make half as many swaps (C34). Default 200.
   * Where you test several ways to reach one backend, give a smaller number to all but one.
   */
  readonly upserts?: number | undefined;
}

/**
 * Defines the tests that every driver must pass. Their names end with numbers of the project's
 * checklist.
 *
 * Every test uses new keys, so drivers may share a backend, and it need not be empty. A test of
 * something that the driver does not have passes: of `touch` or `sweep` if it lacks the method, of
 * races and atomic verbs if its `atomic` is `false`, and of two drivers on one backend if each that
 * `make` returns keeps records of its own. Give each test a minute: some make thousands of calls.
 *
 * @param name - the name of the driver in the report
 * @param make - returns a new driver; each test calls it at least once and closes its drivers. If
 * you can, return drivers of one backend: then they are also tested against each other
 * @example
 * ```ts
 * import { describe, it } from "vitest";
 * import { describeDriver } from "zession/testing";
 *
 * describeDriver("my driver", () => myDriver(), { describe, it });
 * ```
 */
export function describeDriver(
  name: string,
  make: () => MaybePromise<Driver<boolean>>,
  options: DescribeDriverOptions,
): void {
  const { describe, it, advance = wait, outage, upserts = 200 } = options;
  const groups: Record<string, readonly DriverTest[]> = {
    writes,
    versions,
    verbs,
    texts,
    keys,
    data,
    time,
    sweep,
    races,
    instances,
    concurrency,
  };
  if (outage !== undefined) groups["outage"] = outages;
  describe(name, () => {
    for (const [group, tests] of Object.entries(groups)) {
      describe(group, () => {
        for (const [title, run, needs] of tests) {
          it(title, async () => {
            const made: Driver[] = [];
            const another = async () => {
              // The tests that need an atomic driver are kept from others below.
              const driver = (await make()) as Driver;
              made.push(driver);
              return driver;
            };
            const driver = await another();
            try {
              if (has(driver, needs)) {
                await run({ driver, another, advance, outage, upserts, newKey: newKeys() });
              }
            } finally {
              for (const it of made) await it.close?.();
            }
          });
        }
      });
    }
  });
}

function has(driver: Driver<boolean>, needs: Capability | undefined): boolean {
  if (needs === "atomic") return driver.atomic;
  return needs === undefined || driver[needs] !== undefined;
}

/** Makes keys that nothing has been stored under, also by an earlier run. */
function newKeys(): () => string {
  const prefix = `conformance:${crypto.randomUUID()}`;
  let keys = 0;
  return () => `${prefix}-${++keys}`;
}

/** Waits, and a little longer: timers may be early, and a server's clock has steps of its own. */
function wait(milliseconds: number): Promise<void> {
  return sleep(milliseconds + 20);
}
