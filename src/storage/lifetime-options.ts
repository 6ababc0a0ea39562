/**
 * A length of time: whole milliseconds above 0, or text such as `"500ms"`, `"30s"`, `"15m"`,
 * `"12h"`, `"7d"`.
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/** When a session ends by itself. Without a limit it stays until it is removed. */
export interface LifetimeOptions<Idle = Duration, Absolute = Duration> {
  /**
   * How long a session lasts without use (OWASP Session Management, "Idle Timeout"). Reads and
   * writes are use. Reads record it at most once per tenth of this time.
   */
  readonly idle?: Idle | undefined;
  /**
   * The age limit of a session, counted from its first write, however active the session is (OWASP,
   * "Absolute Timeout").
   */
  readonly absolute?: Absolute | undefined;
}

/**
 * A duration if `Time` is one. Otherwise a sentence that names the format. Text that is no
 * literal is refused too: in options that are kept in a variable, write `"30m" as const`.
 */
export type CheckedDuration<Time extends number | string> = [Time] extends [never]
  ? // From here the compiler infers `Time`.
    Time
  : [Unfit<Time>] extends [never]
    ? // Not `Time`, which is but the first of a number and a text, or of all durations.
      Duration
    : Unfit<Time> extends number
      ? "a number is a duration of whole milliseconds above 0"
      : 'a duration is a number above 0 and its unit: "500ms", "30s", "15m", "12h" or "7d"; in options kept in a variable, write it "as const"';

/** The members of a union that are no durations. */
type Unfit<Time extends number | string> = Time extends unknown
  ? [IsDuration<Time>] extends [never]
    ? Time
    : never
  : never;

type IsDuration<Time extends number | string> = Time extends number
  ? number extends Time
    ? true
    : `${Time}` extends `-${string}` | `${string}.${string}` | "0" | "NaN" | "Infinity"
      ? never
      : true
  : Time extends `${infer Amount}${"ms" | "s" | "m" | "h" | "d"}`
    ? IsAmount<Time, Amount>
    : never;

/** Digits alone, of which one is not 0. Of text that is no literal, the number alone is checked. */
type IsAmount<Time, Amount extends string> = Time extends `${string}.${string}ms`
  ? never
  : `${number}m` extends `${Amount}m`
    ? true
    : Amount extends `${number}`
      ? Digits<Amount> extends ""
        ? Amount extends `${string}${"1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"}${string}`
          ? true
          : never
        : never
      : never;

/** What is left of a text behind its digits and points. */
type Digits<Text extends string> =
  Text extends `${"0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "."}${infer Rest}`
    ? Digits<Rest>
    : Text;
