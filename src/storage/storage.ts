import type { Codec } from "../codec/codec.ts";
import type { Driver } from "../drivers/driver.ts";
import type { Events } from "../events.ts";
import type { ValueValidator } from "../schema/value-validator.ts";
import type { KeyQueue } from "./key-queue.ts";
import type { Lifetime } from "./lifetime.ts";

/**
 * The parts that work on the records of one definition. `defineSession` makes them once, and every
 * function in this folder takes them.
 */
export interface Storage<Value> {
  readonly driver: Driver<boolean>;
  readonly codec: Codec;
  readonly schema: ValueValidator<Value>;
  readonly lifetime: Lifetime;
  readonly events: Events;
  /** The writers of this process; `undefined` where no request may wait for another. */
  readonly queue: KeyQueue | undefined;
  /** How long a verb may take, in milliseconds. */
  readonly timeout: number;
  /** Whether a record that cannot be read counts as absent (`onInvalid: "discard"`). */
  readonly discardInvalid: boolean;
  /** The fields that only `rotate(initial, update)` may write, if there are any. */
  readonly privileged: readonly string[] | undefined;
  /** Whether the definition is closed. */
  isClosed: boolean;
}

/**
 * Why there is no value: nothing is stored (`absent`), the session is past its lifetime (`ended`),
 * it lives under another key or was just removed (`moved`), or the record cannot be read and counts
 * as absent (`invalid`).
 */
export type AbsenceReason = "absent" | "ended" | "moved" | "invalid";

/** The result of a verb: what it found under a key, and what is stored now. */
export interface Result<Value> {
  /** The current value. */
  readonly value: Value | undefined;
  /** The previous value. */
  readonly previous: Value | undefined;
  /** Why there was no value. */
  readonly absence: AbsenceReason | undefined;
  /** Whether the verb has seen a live session at any time, even if it has ended since. */
  readonly wasSeen: boolean;
  /** When the session was created, in milliseconds since 1970, if there is one. */
  readonly createdAt: number | undefined;
  /** Whether this use makes a new cookie due. */
  readonly isCookieDue: boolean;
}

/** The result if no record was read. */
export const NOTHING: Result<never> = {
  value: undefined,
  previous: undefined,
  absence: "absent",
  wasSeen: false,
  createdAt: undefined,
  isCookieDue: false,
};
