import { type Driver, memoryDriver } from "zession";

/** The drivers on which sessions must behave the same. */
export const drivers: [name: string, make: () => Driver][] = [["memory", () => memoryDriver()]];
