import type { Deadline } from "../storage/deadline.ts";
import type { Mutation } from "../storage/mutation.ts";
import type { Result, Storage } from "../storage/storage.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

/** What a verb is after: `write` also stores where there is no value, `update` and `take` only change one. */
export type Verb = "find" | "touch" | "write" | "update" | "take";

/** How a session comes by its key, and what a result means for it. The verbs themselves are the same for every kind. */
export interface SessionKind<Key, Value> {
  readonly storage: Storage<Value>;
  /** The key, validated. */
  readonly key: Key;
  /** Whether a write may create a record under a key that `locate` returned. */
  readonly mayCreate: boolean;
  /** Whether a verb was used, so that the response depends on what the client sent. */
  readonly isUsed: boolean;
  /** Whether a verb came upon a live session, so that the response may hold what is somebody's own. */
  readonly wasLive: boolean;
  /** Returns the driver key that a verb is to act on; `undefined` where there is no session. Throws if the verb is refused. */
  locate(verb: Verb, deadline: Deadline): MaybePromise<string | undefined>;
  /**
   * Takes in what a verb found. Returns `true` if the verb is done. Returns `false` if it has to start over, because the
   * session is somewhere else by now. Throws if the verb fails.
   */
  accept(
    verb: Verb,
    driverKey: string,
    result: Result<Value>,
    deadline: Deadline,
  ): MaybePromise<boolean>;
  /** Starts a session for a write that found none. Returns `undefined` if the verb has to start over. */
  create(mutation: Mutation<Value>, deadline: Deadline): Promise<Result<Value> | undefined>;
  /** Ends the session. Returns whether there was one. */
  remove(deadline: Deadline): Promise<boolean>;
}
