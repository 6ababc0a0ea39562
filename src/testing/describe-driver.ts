import type { Driver } from "../core/driver.ts";
import type { MaybePromise } from "../core/maybe-promise.ts";
import { concurrency } from "./concurrency.ts";
import type { DriverTest, Outage } from "./context.ts";
import { data } from "./data.ts";
import { outage as outages } from "./outage.ts";
import { time } from "./time.ts";
import { verbs } from "./verbs.ts";
import { writes } from "./writes.ts";

/** The two functions of a test runner that the suite needs: those of vitest, jest, bun:test or node:test. */
export interface TestRunner {
  /** Groups tests. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Defines a test. */
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}

/** What {@link describeDriver} needs to know beside the driver. */
export interface DescribeDriverOptions extends TestRunner {
  /**
   * Makes time pass for the driver's own expiry, in milliseconds: with fake timers, or by waiting. Default: waits.
   */
  readonly advance?: ((milliseconds: number) => MaybePromise<unknown>) | undefined;
  /** Puts the backend out of reach. Without it, what happens then is not tested. */
  readonly outage?: Outage | undefined;
}

/**
 * Defines the tests that every atomic driver must pass. Their names carry the numbers of the project's driver
 * checklist. Keys are new in every test, so drivers may share a backend and need not be empty.
 *
 * @param name - what to call the driver
 * @param make - makes a driver; called for each test, which closes it
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
  make: () => MaybePromise<Driver>,
  options: DescribeDriverOptions,
): void {
  const { describe, it, advance = sleep, outage } = options;
  const groups: Record<string, readonly DriverTest[]> = { writes, verbs, data, time, concurrency };
  if (outage !== undefined) groups["outage"] = outages;
  describe(name, () => {
    for (const [group, tests] of Object.entries(groups)) {
      describe(group, () => {
        for (const [title, run, closes] of tests) {
          it(title, async () => {
            const driver = await make();
            try {
              await run({ driver, advance, outage, newKey: newKeys() });
            } finally {
              if (closes === undefined) await driver.close?.();
            }
          });
        }
      });
    }
  });
}

/** Makes keys that nothing has been stored under, also by an earlier run. */
function newKeys(): () => string {
  const prefix = `conformance:${crypto.randomUUID()}`;
  let keys = 0;
  return () => `${prefix}-${++keys}`;
}

/** Waits, and a little longer: timers may be early, and a server's clock has steps of its own. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds + 20));
}
