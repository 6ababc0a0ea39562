import type { Codec } from "../codec/codec.ts";
import type { Driver } from "../drivers/driver.ts";
import type { Events } from "../events.ts";
import type { ValueValidator } from "../schema/value-validator.ts";
import type { KeyQueue } from "./key-queue.ts";
import type { Lifetime } from "./lifetime.ts";

/** What the records of one definition are made of. Made once, by `defineSession`; everything in this folder works on it. */
export interface Storage<Value> {
  readonly driver: Driver<boolean>;
  readonly codec: Codec;
  readonly schema: ValueValidator<Value>;
  readonly lifetime: Lifetime;
  readonly events: Events;
  readonly queue: KeyQueue;
  /** How long a verb may take, in milliseconds. */
  readonly timeout: number;
  /** Whether a record that cannot be read counts as absent (`onInvalid: "discard"`). */
  readonly discardInvalid: boolean;
  /** Whether the definition is closed. */
  isClosed: boolean;
}

/**
 * Why there is no value: nothing is stored (`absent`), the session is past its lifetime (`ended`), it lives under another
 * key or was just removed (`moved`), or the record cannot be read and counts as absent (`invalid`).
 */
export type AbsenceReason = "absent" | "ended" | "moved" | "invalid";

/** What a verb found under a key, and what is there now. */
export interface Result<Value> {
  /** The value that is there now. */
  readonly value: Value | undefined;
  /** The value that was there before. */
  readonly previous: Value | undefined;
  /** Why there was none. */
  readonly absence: AbsenceReason | undefined;
  /** Whether the verb came upon a live session at any time, even if it has ended since. */
  readonly wasSeen: boolean;
  /** When the session was created, in milliseconds since 1970, if there is one. */
  readonly createdAt: number | undefined;
  /** Whether this use makes a cookie due that has to be renewed. */
  readonly isCookieDue: boolean;
}

/** What there is where no record was looked up. */
export const NOTHING: Result<never> = {
  value: undefined,
  previous: undefined,
  absence: "absent",
  wasSeen: false,
  createdAt: undefined,
  isCookieDue: false,
};
