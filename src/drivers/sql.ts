import type { DriverRecord, WriteCondition } from "../core/driver.ts";

/** Which of a driver's statements writes under a condition. */
export function statementFor(
  condition: WriteCondition | undefined,
): "put" | "insert" | "replace" | "exchange" {
  if (condition === undefined) return "put";
  if (condition === "absent") return "insert";
  return condition === "present" ? "replace" : "exchange";
}

/** The record in a row, if there is one. */
export function recordOf(
  row: Readonly<Record<string, unknown>> | undefined,
): DriverRecord | undefined {
  if (row === undefined) return undefined;
  const { text, version, expires_at } = row as {
    text: string;
    version: string;
    expires_at: number | null;
  };
  return { text, version, expiresAt: expires_at ?? undefined };
}
