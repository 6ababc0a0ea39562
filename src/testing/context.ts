import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Driver, DriverExpiry, DriverRecord, WriteResult } from "../drivers/driver.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

/** Makes a driver's backend unreachable. */
export interface Outage {
  /** Stops the backend or cuts the network to it. From then on calls fail or get no answer. */
  readonly begin: () => MaybePromise<unknown>;
  /** Brings the backend back with its data. */
  readonly end: () => MaybePromise<unknown>;
}

/** The tools of a conformance test. */
export interface TestContext {
  /** The driver under test. */
  readonly driver: Driver;
  /** Makes one more driver. It is closed after the test. */
  readonly another: () => Promise<Driver>;
  /** Returns a driver key that was never used. */
  readonly newKey: () => string;
  /** Lets time pass for the driver's own expiry, in milliseconds. */
  readonly advance: (milliseconds: number) => MaybePromise<unknown>;
  /** Undefined if the suite got no `outage`. */
  readonly outage: Outage | undefined;
  /** How many upserts each of 8 rivals makes. */
  readonly upserts: number;
}

/** A capability that not every driver has. */
export type Capability = "atomic" | "touch" | "sweep";

/**
 * A conformance test: its title with its numbers in the driver checklist, its body, and the
 * capability without which it does not apply.
 */
export type DriverTest = readonly [
  title: string,
  run: (context: TestContext) => Promise<void>,
  needs?: Capability,
];

/** A schema that accepts everything, so that the suite needs no schema library. */
export const anything: StandardSchemaV1<unknown> = {
  "~standard": { version: 1, vendor: "zession", validate: (value) => ({ value }) },
};

/** The expiry of a record that lives for `ttl` milliseconds, or without end. */
export function lives(ttl?: number): DriverExpiry {
  return { expiresAt: ttl === undefined ? undefined : Date.now() + ttl, ttl };
}

/** The ways to write: always, or on a condition. */
export const WAYS = ["always", "absent", "present", "version"] as const;
export type Way = (typeof WAYS)[number];

/**
 * Writes text in one of these ways, under a condition that holds.
 *
 * @returns the version of the record
 */
export async function writeBy(
  way: Way,
  driver: Driver,
  key: string,
  text: string,
  expiry: DriverExpiry,
): Promise<string | number> {
  switch (way) {
    case "always":
      return written(await driver.write(key, text, expiry));
    case "version": {
      const { version = "" } = (await driver.read(key)) ?? {};
      return written(await driver.write(key, text, { ...expiry, if: { version } }));
    }
    default:
      return written(await driver.write(key, text, { ...expiry, if: way }));
  }
}

/** Fails the test unless both are the same. Numbers and text are compared by value. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (Object.is(actual, expected)) return;
  throw new Error(`${what}: expected ${shown(expected)}, got ${shown(actual)}`);
}

/** Fails the test unless both have the same JSON. */
export function equalJson(actual: unknown, expected: unknown, what: string): void {
  equal(JSON.stringify(actual), JSON.stringify(expected), what);
}

/**
 * Fails the test unless the two records have the same text, version and expiry, or neither is
 * there.
 */
export function equalRecord(
  actual: DriverRecord | undefined,
  expected: DriverRecord | undefined,
  what: string,
): void {
  equal(typeof actual, typeof expected, what);
  for (const field of ["text", "version", "expiresAt"] as const)
    equal(actual?.[field], expected?.[field], `${what}, ${field}`);
}

/** Fails the test unless a write took place. Returns its version. */
export function written(result: WriteResult): string | number {
  equal(result.written, true, "written");
  const { version } = result as { version: unknown };
  if (typeof version === "string" || Number.isFinite(version)) return version as string | number;
  throw new Error(`version: expected text or a number, got ${shown(version)}`);
}

/** Fails the test unless a write met a conflict. Returns the current record. */
export function conflicted(result: WriteResult): DriverRecord | undefined {
  equal(result.written, false, "written");
  return (result as { current: DriverRecord | undefined }).current;
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

/** Waits in real time, in milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Shows a value in a message, shortened: texts of the suite may be a mebibyte long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? `${value}`;
  return text.length <= 80 ? text : `${text.slice(0, 60)}… (${text.length} characters)`;
}
