import type { DriverRecord, WriteCondition } from "./driver.ts";

/** Returns whether a write's condition holds for the current record. */
export function holds(
  condition: WriteCondition | undefined,
  current: DriverRecord | undefined,
): boolean {
  if (condition === undefined) return true;
  if (condition === "absent") return current === undefined;
  if (condition === "present") return current !== undefined;
  return current?.version === condition.version;
}
