import type { DriverRecord } from "./driver.ts";

/** Returns the record in a row of SQLite's or D1's table, if there is one. */
export function recordOfRow(row: unknown): DriverRecord | undefined {
  if (row === undefined || row === null) return undefined;
  const { text, version, expires_at } = row as {
    text: string;
    version: string;
    expires_at: number | null;
  };
  return { text, version, expiresAt: expires_at ?? undefined };
}
