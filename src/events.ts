import { hash } from "#sha256";
import type { UnavailableError } from "./errors.ts";
import { isPromise } from "./util/maybe-promise.ts";

/**
 * The fields of every event.
 *
 * @typeParam Type - what happened
 * @typeParam Name - the name of the session definition
 */
export interface EventBase<Type extends string, Name extends string = string> {
  /** What happened. */
  readonly type: Type;
  /** The name of the session definition. */
  readonly name: Name;
}

/**
 * The fields of every event about one session.
 *
 * @typeParam Type - what happened
 * @typeParam Name - the name of the session definition
 */
export interface OneSessionEvent<Type extends string, Name extends string = string>
  extends EventBase<Type, Name> {
  /**
   * Identifies the session in a log without its token or key: 16 characters of a hash (OWASP
   * Session Management, "Logging Sessions Life Cycle").
   *
   * Nobody can guess tokens, so the fingerprint of a cookie or bearer session is the same in every
   * process. Other keys, such as user ids and addresses, can be guessed. Their fingerprints are
   * salted: they stay the same while the definition lives, and differ between processes and after a
   * restart.
   */
  readonly fingerprint: string;
}

/**
 * A session was stored for the first time. An `insert` that replaces without reading emits no
 * event.
 */
export type CreatedEvent<Name extends string = string> = OneSessionEvent<"created", Name>;

/** A session got a new key. */
export interface RotatedEvent<Name extends string = string>
  extends OneSessionEvent<"rotated", Name> {
  /** The fingerprint it had under its old key. */
  readonly previous: string;
}

/** A session was removed. */
export type RemovedEvent<Name extends string = string> = OneSessionEvent<"removed", Name>;

/**
 * A verb found a session past its lifetime. Sessions that a driver deletes by itself emit no event.
 */
export type ExpiredEvent<Name extends string = string> = OneSessionEvent<"expired", Name>;

/** A verb was refused with `SessionEndedError`. */
export type EndedEvent<Name extends string = string> = OneSessionEvent<"ended", Name>;

/** Another writer was faster, so an attempt to change the session failed. */
export interface ConflictEvent<Name extends string = string>
  extends OneSessionEvent<"conflict", Name> {
  /** The number of the attempt, from 1. After the 256th the verb rejects with `ConflictError`. */
  readonly attempt: number;
}

/** A stored record could not be read or no longer fits the schema. */
export interface InvalidEvent<Name extends string = string>
  extends OneSessionEvent<"invalid", Name> {
  /**
   * Whether the record counts as absent (`onInvalid: "discard"`, or an `insert` replaced it). If
   * not, the verb rejects.
   */
  readonly discarded: boolean;
}

/**
 * A client's token was refused: it is no token (`malformed`), its signature is wrong (`signature`),
 * it has no session (`unknown`), several tokens have sessions (`ambiguous`), or another site sent
 * the request (`cross-origin`).
 */
export interface RejectedEvent<Name extends string = string> extends EventBase<"rejected", Name> {
  /** Why the token was refused. */
  readonly reason: "malformed" | "signature" | "unknown" | "ambiguous" | "cross-origin";
  /** The fingerprint of the token's session. It is missing if the token was not looked up. */
  readonly fingerprint?: string;
}

/** A driver call failed or took too long. */
export interface UnavailableEvent<Name extends string = string>
  extends EventBase<"unavailable", Name> {
  /** The error that the verb rejects with. */
  readonly error: UnavailableError;
}

/**
 * A request has a cookie for its client, but `finalize` has not seen the response within ten
 * seconds. If this definition never finalized a response, it also prints one warning to the
 * console.
 */
export type UnfinalizedEvent<Name extends string = string> = EventBase<"unfinalized", Name>;

/**
 * The events that `onEvent` receives: a union to switch on by `type`. No event holds a token, a key
 * or a value.
 *
 * @typeParam Name - the name of the session definition
 */
export type SessionEvent<Name extends string = string> =
  | CreatedEvent<Name>
  | RotatedEvent<Name>
  | RemovedEvent<Name>
  | ExpiredEvent<Name>
  | EndedEvent<Name>
  | ConflictEvent<Name>
  | InvalidEvent<Name>
  | RejectedEvent<Name>
  | UnavailableEvent<Name>
  | UnfinalizedEvent<Name>;

/** Receives the events of a definition. */
export type EventListener = (event: SessionEvent) => unknown;

/** An event without the fields that `Events` adds. */
type Unnamed<Event> = Event extends unknown ? Omit<Event, "name" | "fingerprint"> : never;

/** Emits events to the listener, if there is one. Errors of the listener are ignored. */
export class Events {
  /** The definition's name. */
  readonly name: string;
  readonly #listener: EventListener | undefined;
  /**
   * What is hashed before a driver key. Minted by the first event: some runtimes give nothing
   * random before a request.
   */
  #salt: string | undefined;

  /**
   * @param isSecret - whether keys are hashes of tokens, so that nobody can guess one and compare
   * its hash
   */
  constructor(name: string, listener: EventListener | undefined, isSecret: boolean) {
    this.name = name;
    this.#listener = listener;
    this.#salt = isSecret ? "" : undefined;
  }

  /** @param driverKey - the session that it happened to, if it is about one */
  emit(event: Unnamed<SessionEvent>, driverKey?: string): void {
    if (this.#listener === undefined) return;
    const whose = driverKey === undefined ? {} : { fingerprint: this.fingerprint(driverKey) };
    try {
      const told = this.#listener({ ...event, name: this.name, ...whose } as SessionEvent);
      if (isPromise(told)) told.then(undefined, () => {});
    } catch {
      // A listener only watches: its errors must not make a verb fail.
    }
  }

  /** Returns a hash that identifies a session without its driver key. */
  fingerprint(driverKey: string): string {
    this.#salt ??= crypto.randomUUID();
    return hash("sha256", this.#salt + driverKey, "base64url").slice(0, 16);
  }
}
