/**
 * A length of time: whole milliseconds above 0, or text such as `"500ms"`, `"30s"`, `"15m"`,
 * `"12h"`, `"7d"`.
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/** When a session ends by itself. Without a limit it stays until it is removed. */
export interface LifetimeOptions {
  /**
   * How long a session lasts without use (OWASP Session Management, "Idle Timeout"). Reads and
   * writes are use. Reads record it at most once per tenth of this time.
   */
  readonly idle?: Duration | undefined;
  /**
   * The age limit of a session, counted from its first write, however active the session is (OWASP,
   * "Absolute Timeout").
   */
  readonly absolute?: Duration | undefined;
}
