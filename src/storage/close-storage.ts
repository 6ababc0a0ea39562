import type { Driver } from "../drivers/driver.ts";
import { closeDriver } from "./records.ts";
import type { Storage } from "./storage.ts";

/** How many open definitions each driver has. */
const definitionCounts = new WeakMap<Driver<boolean>, number>();

/** Counts a definition that uses a driver. */
export function openDriver(driver: Driver<boolean>): Driver<boolean> {
  definitionCounts.set(driver, (definitionCounts.get(driver) ?? 0) + 1);
  return driver;
}

/** The closing of each definition. Closing it again waits for the same promise. */
const closings = new WeakMap<object, Promise<void>>();

/** Refuses verbs from now on. Closes the driver if no other definition on it is open. */
export function closeStorage(storage: Storage<unknown>): Promise<void> {
  const closing = closings.get(storage) ?? close(storage);
  closings.set(storage, closing);
  return closing;
}

async function close(storage: Storage<unknown>): Promise<void> {
  const { driver, timeout } = storage;
  storage.isClosed = true;
  const others = (definitionCounts.get(driver) ?? 1) - 1;
  definitionCounts.set(driver, others);
  if (others === 0) await closeDriver(storage, { timeout, end: undefined });
}
