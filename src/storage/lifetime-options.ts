/**
 * A length of time: whole milliseconds, or text such as `"500ms"`, `"30s"`, `"15m"`, `"12h"`,
 * `"7d"`.
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/** When a session ends by itself. Without either limit it is kept until it is removed. */
export interface LifetimeOptions {
  /**
   * How long a session lasts without use. Reading and writing are use; reading notes it at most
   * once per tenth of this time (OWASP Session Management, "Idle Timeout").
   */
  readonly idle?: Duration | undefined;
  /**
   * How long a session lasts however much it is used, counted from its first write (OWASP,
   * "Absolute Timeout").
   */
  readonly absolute?: Duration | undefined;
}
