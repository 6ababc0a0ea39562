import { hash } from "#sha256";
import type { UnavailableError } from "./errors.ts";
import { isPromise } from "./util/maybe-promise.ts";

/** What every event says.
 *
 * @typeParam Type - what happened
 */
export interface EventBase<Type extends string> {
  /** What happened. */
  readonly type: Type;
  /** The name of the session definition. */
  readonly name: string;
}

/** What an event about one session says.
 *
 * @typeParam Type - what happened
 */
export interface OneSessionEvent<Type extends string> extends EventBase<Type> {
  /**
   * Tells sessions apart in a log, without its token or key: 16 characters of a hash (OWASP Session Management, "Logging
   * Sessions Life Cycle").
   *
   * Tokens are too random to guess, so the fingerprint of a cookie or bearer session is the same in every process. Other
   * keys, such as user ids and addresses, can be guessed. Their fingerprints are salted: they stay the same as long as
   * the definition lives, and differ in every process and after every start.
   */
  readonly fingerprint: string;
}

/** A session was stored for the first time. An `insert` that replaces without looking does not tell. */
export type CreatedEvent = OneSessionEvent<"created">;

/** A session got a new key. */
export interface RotatedEvent extends OneSessionEvent<"rotated"> {
  /** The fingerprint it had under its old key. */
  readonly previous: string;
}

/** A session was removed. */
export type RemovedEvent = OneSessionEvent<"removed">;

/** A session was found past its lifetime. What a driver clears away by itself is not found. */
export type ExpiredEvent = OneSessionEvent<"expired">;

/** A verb was refused with `SessionEndedError`. */
export type EndedEvent = OneSessionEvent<"ended">;

/** Another writer was faster: an attempt at a change was thrown away. */
export interface ConflictEvent extends OneSessionEvent<"conflict"> {
  /** Which attempt it was, from 1. After the 256th the verb rejects with `ConflictError`. */
  readonly attempt: number;
}

/** A stored record could not be read or no longer fits the schema. */
export interface InvalidEvent extends OneSessionEvent<"invalid"> {
  /** Whether it counts as absent (`onInvalid: "discard"`, or an `insert` over it) or the verb rejects. */
  readonly discarded: boolean;
}

/**
 * What a client presented was not accepted: not a token (`malformed`), not signed by us (`signature`), of no session
 * that there is (`unknown`), or several at once of which more than one is somebody's (`ambiguous`).
 */
export interface RejectedEvent extends EventBase<"rejected"> {
  /** Why. */
  readonly reason: "malformed" | "signature" | "unknown" | "ambiguous" | "cross-origin";
  /** The fingerprint that a session of this token would have; not there unless the token was looked up. */
  readonly fingerprint?: string;
}

/** A driver call failed or took too long. */
export interface UnavailableEvent extends EventBase<"unavailable"> {
  /** What the verb rejects with. */
  readonly error: UnavailableError;
}

/**
 * A request has something to send to its client, such as a new cookie, but `finalize` has not seen its response within ten
 * seconds. The first time, unless some response was finalized before, the console is warned too.
 */
export type UnfinalizedEvent = EventBase<"unfinalized">;

/** What `onEvent` is told: a union to switch on by `type`. No event holds a token, a key or a value. */
export type SessionEvent =
  | CreatedEvent
  | RotatedEvent
  | RemovedEvent
  | ExpiredEvent
  | EndedEvent
  | ConflictEvent
  | InvalidEvent
  | RejectedEvent
  | UnavailableEvent
  | UnfinalizedEvent;

/** An event as it happens: whose it is comes in later. */
type Unnamed<Event> = Event extends unknown ? Omit<Event, "name" | "fingerprint"> : never;

/** Calls the listener, if there is one. What it throws or rejects with is its own affair. */
export class Events {
  readonly #name: string;
  readonly #listener: ((event: SessionEvent) => unknown) | undefined;
  /** What is hashed before a driver key. Minted by the first event: some runtimes give nothing random before a request. */
  #salt: string | undefined;

  /** @param isSecret - whether keys are hashes of tokens, so that nobody can guess one and compare its hash */
  constructor(
    name: string,
    listener: ((event: SessionEvent) => unknown) | undefined,
    isSecret: boolean,
  ) {
    this.#name = name;
    this.#listener = listener;
    this.#salt = isSecret ? "" : undefined;
  }

  /** @param driverKey - the session that it happened to, if it is about one */
  emit(event: Unnamed<SessionEvent>, driverKey?: string): void {
    if (this.#listener === undefined) return;
    const whose = driverKey === undefined ? {} : { fingerprint: this.fingerprint(driverKey) };
    try {
      const told = this.#listener({ ...event, name: this.#name, ...whose } as SessionEvent);
      if (isPromise(told)) told.then(undefined, () => {});
    } catch {
      // A listener only watches: no session fails because a log does.
    }
  }

  /** Tells sessions apart by their driver keys without showing them. */
  fingerprint(driverKey: string): string {
    this.#salt ??= crypto.randomUUID();
    return hash("sha256", this.#salt + driverKey, "base64url").slice(0, 16);
  }
}
