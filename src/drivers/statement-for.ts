import type { WriteCondition } from "./driver.ts";

/** Returns the name of the statement that writes under a condition. */
export function statementFor(
  condition: WriteCondition | undefined,
): "put" | "insert" | "replace" | "exchange" {
  if (condition === undefined) return "put";
  if (condition === "absent") return "insert";
  return condition === "present" ? "replace" : "exchange";
}
