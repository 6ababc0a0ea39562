import { type Driver, memoryDriver } from "zession";

/** The drivers on which sessions must behave the same. */
export const drivers: [name: string, make: () => Driver][] = [["memory", () => memoryDriver()]];

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
