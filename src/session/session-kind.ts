import type { Deadline } from "../storage/deadline.ts";
import type { Mutation } from "../storage/mutation.ts";
import type { Result, Storage } from "../storage/storage.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

/**
 * What a verb does: `write` also stores if there is no value; `update` and `take` only change a
 * value.
 */
export type Verb = "find" | "touch" | "write" | "update" | "take";

/**
 * How a session gets its key, and what a result means for it. The verbs are the same for every
 * kind.
 */
export interface SessionKind<Key, Value> {
  readonly storage: Storage<Value>;
  /** The key, validated. */
  readonly key: Key;
  /** The driver key, once there is a `key`; `undefined` if that takes waiting. */
  readonly driverKey: string | undefined;
  /** Whether a write may create a record under a key that `locate` returned. */
  readonly mayCreate: boolean;
  /** Whether a verb was called: then the response depends on the client's key or cookie. */
  readonly isUsed: boolean;
  /** Whether a verb found a live session: then the response may hold private data. */
  readonly wasLive: boolean;
  /** Whether `find` leaves the record as it is, and does not move its idle end. */
  readonly isReadOnly: boolean;
  /**
   * Returns the driver key for a verb; `undefined` if there is no session. Throws if the verb is
   * refused.
   */
  locate(verb: Verb, deadline: Deadline): MaybePromise<string | undefined>;
  /**
   * Judges the result of a verb. Returns `true` if the verb is done. Returns `false` if it has to
   * start over, because the session has moved meanwhile. Throws if the verb fails.
   */
  accept(
    verb: Verb,
    driverKey: string,
    result: Result<Value>,
    deadline: Deadline,
  ): MaybePromise<boolean>;
  /**
   * Starts a session for a write that found none. Returns `undefined` if the verb has to start
   * over.
   */
  create(mutation: Mutation<Value>, deadline: Deadline): Promise<Result<Value> | undefined>;
  /** Ends the session. Returns whether there was one. */
  remove(deadline: Deadline): Promise<boolean>;
}
