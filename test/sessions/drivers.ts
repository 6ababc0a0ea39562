import { inject } from "vitest";
import { type Driver, memoryDriver } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import type { Servers } from "../servers/setup.ts";

/** A name for the title of a suite, and a function that makes a new driver. */
export type NamedDriver = [name: string, make: () => Driver];

// Only the project `servers` provides them.
const servers: Servers | undefined = inject("servers");

/**
 * The drivers on which sessions must behave the same: those of this process in the project `unit`,
 * those of a server in the project `servers`.
 */
export const drivers: NamedDriver[] =
  servers === undefined
    ? [
        ["memory", () => memoryDriver()],
        ["sqlite", () => sqliteDriver({ filename: ":memory:" })],
      ]
    : await (await import("./server-drivers.ts")).connect(servers);
