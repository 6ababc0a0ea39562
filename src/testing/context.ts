import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Driver, DriverExpiry, WriteResult } from "../core/driver.ts";
import type { MaybePromise } from "../core/maybe-promise.ts";

/** How a test puts a driver's backend out of reach. */
export interface Outage {
  /** Stops the backend, or cuts the way to it: calls fail from now on, or are not answered. */
  readonly begin: () => MaybePromise<unknown>;
  /** Brings it back, with what it had. */
  readonly end: () => MaybePromise<unknown>;
}

/** What a conformance test works with. */
export interface TestContext {
  readonly driver: Driver;
  /** A driver key that nothing has been stored under. */
  readonly newKey: () => string;
  /** Makes milliseconds pass for the driver. */
  readonly advance: (milliseconds: number) => MaybePromise<unknown>;
  readonly outage: Outage | undefined;
}

/** A test: its name, with its number in the driver checklist, what it does, and whether it closes the driver itself. */
export type DriverTest = readonly [
  title: string,
  run: (context: TestContext) => Promise<void>,
  closes?: "closes",
];

/** A schema that lets everything through, so that the suite needs no schema library. */
export const anything: StandardSchemaV1<unknown> = {
  "~standard": { version: 1, vendor: "zession", validate: (value) => ({ value }) },
};

/** The expiry of a record that is to live for so many milliseconds, or without end. */
export function lives(ttl?: number): DriverExpiry {
  return { expiresAt: ttl === undefined ? undefined : Date.now() + ttl, ttl };
}

/** Fails the test unless the two are the same, numbers and text by value. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (Object.is(actual, expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

/** Fails the test unless the two are made of the same JSON. */
export function equalJson(actual: unknown, expected: unknown, what: string): void {
  equal(JSON.stringify(actual), JSON.stringify(expected), what);
}

/** Fails the test unless a write took place, and gives its version. */
export function written(result: WriteResult): string | number {
  if (result.written) return result.version;
  throw new Error("expected the write to take place, but it met a conflict");
}

/** Fails the test unless a write met a conflict, and gives the text that was in its way. */
export function conflicted(result: WriteResult): string | undefined {
  if (!result.written) return result.current?.text;
  throw new Error("expected the write to meet a conflict, but it took place");
}

/** Fails the test unless the promise rejects with an error of this name. */
export async function rejects(
  promise: Promise<unknown>,
  name: string,
  what: string,
): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  equal(error instanceof Error ? error.name : error, name, what);
}
