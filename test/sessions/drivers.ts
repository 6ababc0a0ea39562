import { inject } from "vitest";
import { type Driver, memoryDriver } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import type { Servers } from "../servers/setup.ts";

/** A name for the title of a suite, and a function that makes a new driver. */
export type NamedDriver = [name: string, make: () => Driver];

// Only the project `servers` provides them.
const servers: Servers | undefined = inject("servers");

/**
 * The drivers on which sessions must behave the same: those of this process in the project `unit`, those of a server in the
 * project `servers`.
 */
export const drivers: NamedDriver[] =
  servers === undefined
    ? [
        ["memory", () => memoryDriver()],
        ["sqlite", () => sqliteDriver({ filename: ":memory:" })],
      ]
    : await (await import("./server-drivers.ts")).connect(servers);

/** Makes a driver answer late, each time after a different while. */
export function late(driver: Driver): Driver {
  let seed = 1;
  for (const method of ["read", "write", "remove", "touch"] as const) {
    const original = (driver[method] as (...args: never[]) => unknown).bind(driver);
    Object.assign(driver, {
      [method]: async (...args: never[]) => {
        seed = (seed * 16807) % 2147483647;
        for (let i = seed % 5; i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
        const result = await original(...args);
        for (let i = seed % 3; i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
        return result;
      },
    });
  }
  return driver;
}
