import type { DriverExpiry, DriverRecord } from "../drivers/driver.ts";
import { ConfigurationError, UsageError } from "../errors.ts";
import type { Duration, LifetimeOptions } from "./lifetime-options.ts";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest duration that an option may have: 100 years. */
const MAX_DURATION = 36_500 * UNITS.d;

/**
 * Returns the milliseconds of `30_000` or `"30s"`.
 *
 * @throws ConfigurationError unless it is a whole number of milliseconds above zero
 */
export function milliseconds(option: string, duration: Duration): number {
  let value: unknown = duration;
  if (typeof duration === "string") {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? [];
    value =
      unit === undefined
        ? undefined
        : Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
  }
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_DURATION)
    return value;
  throw new ConfigurationError(
    `"${option}" must be a whole number of milliseconds above 0, or text such as "30s", "12h" or "7d".`,
  );
}

/**
 * How many idle times a cookie lives, and after how many it is sent again, if there is no absolute
 * limit.
 */
const COOKIE_IDLE_TIMES = 8;
const RENEWAL_IDLE_TIMES = 4;

/** The lifetime of sessions with issued keys whose definition sets none. */
export const DEFAULT_LIFETIME: LifetimeOptions = { idle: "14d" };

const NEVER: DriverExpiry = { expiresAt: undefined, ttl: undefined };

/**
 * Computes when sessions of one definition end, by its clock.
 *
 * A record holds the earlier of both ends. The absolute end is also computed from the session's
 * creation, so that no write and no touch can move it (OWASP Session Management, "Absolute
 * Timeout").
 */
export class Lifetime {
  /** Milliseconds without use. */
  readonly idle: number | undefined;
  /** Milliseconds from the first write. */
  readonly absolute: number | undefined;
  /** Whether sessions end at all. */
  readonly limited: boolean;
  /** Whether sessions have an idle limit only. Then no cookie can know its end beforehand. */
  readonly endsByIdlenessAlone: boolean;
  readonly #clock: () => number;

  constructor(options: LifetimeOptions, clock: () => number) {
    const { idle, absolute } = options;
    this.idle = idle === undefined ? undefined : milliseconds("lifetime.idle", idle);
    this.absolute =
      absolute === undefined ? undefined : milliseconds("lifetime.absolute", absolute);
    if (this.idle !== undefined && this.absolute !== undefined && this.idle > this.absolute) {
      throw new ConfigurationError(
        '"lifetime.idle" is longer than "lifetime.absolute", and so would never end a session. Make it shorter, or leave it out.',
      );
    }
    this.limited = this.idle !== undefined || this.absolute !== undefined;
    this.endsByIdlenessAlone = this.idle !== undefined && this.absolute === undefined;
    this.#clock = clock;
  }

  /**
   * Returns the time in whole milliseconds since 1970.
   *
   * @throws UsageError if the clock returns anything else: no record with it could be read
   */
  now(): number {
    const time: unknown = this.#clock();
    const whole = typeof time === "number" ? Math.floor(time) : Number.NaN;
    if (Number.isSafeInteger(whole)) return whole;
    throw new UsageError(
      'The "clock" must return a number of milliseconds since 1970, as Date.now() does. Nothing was stored.',
    );
  }

  /** Returns the expiry of a record, for another write at `now`. */
  remaining({ expiresAt }: DriverRecord, now: number): DriverExpiry {
    return expiresAt === undefined ? NEVER : { expiresAt, ttl: Math.max(1, expiresAt - now) };
  }

  /**
   * Returns the expiry to write at `now` for a session created at `at`. It is above zero if the
   * session is not over.
   */
  expiry(at: number, now: number): DriverExpiry {
    const { absolute, idle } = this;
    // Not with `Infinity` for no limit: V8 then compiles every caller again and again.
    if (absolute === undefined)
      return idle === undefined ? NEVER : { expiresAt: now + idle, ttl: idle };
    const rest = at + absolute - now;
    const ttl = idle === undefined ? rest : Math.min(idle, rest);
    return { expiresAt: now + ttl, ttl };
  }

  /**
   * Returns whether a session is over, by its record's end or by the current absolute limit if it
   * was created at `at`. The exact moment counts as over.
   */
  isOver({ expiresAt }: DriverRecord, at: number | undefined, now: number): boolean {
    if (expiresAt !== undefined && now >= expiresAt) return true;
    return at !== undefined && this.absolute !== undefined && now >= at + this.absolute;
  }

  /**
   * Returns how long a cookie that is sent at `now` should live, in milliseconds; `undefined` if
   * sessions do not end.
   *
   * That is what is left of the absolute limit. With an idle limit alone it is eight idle times.
   */
  cookieAge(createdAt: number, now: number): number | undefined {
    // The clock may have been set back since the session was created.
    if (this.absolute !== undefined)
      return Math.min(this.absolute, createdAt + this.absolute - now);
    return this.idle === undefined ? undefined : COOKIE_IDLE_TIMES * this.idle;
  }

  /**
   * Returns whether a use at `now` makes a new cookie due. A cookie lives for eight idle times and
   * is sent again once in every four, counted from the session's creation. A live session is used
   * at least once in each idle time, so no cookie ends before its session.
   *
   * @param expiresAt - the record's end before this use; it shows when the session was last used
   */
  isCookieDue(createdAt: number, expiresAt: number | undefined, now: number): boolean {
    if (this.idle === undefined || this.absolute !== undefined) return false;
    const period = RENEWAL_IDLE_TIMES * this.idle;
    const lastUse = expiresAt === undefined ? createdAt : expiresAt - this.idle;
    return Math.floor((now - createdAt) / period) > Math.floor((lastUse - createdAt) / period);
  }

  /**
   * Returns whether use has to be recorded: the end would move by a tenth of the idle time or more,
   * or another limit had set it.
   */
  isTouchDue(record: DriverRecord, at: number, now: number): boolean {
    if (this.idle === undefined) return false;
    const moved = (this.expiry(at, now).expiresAt ?? 0) - (record.expiresAt ?? 0);
    return Math.abs(moved) >= this.idle / 10;
  }
}
