import { SessionEndedError, UsageError } from "../errors.ts";
import type { ParsedKey } from "../keys/key-codec.ts";
import type { Deadline } from "../storage/deadline.ts";
import { endRecord, removeRecord } from "../storage/remove-record.ts";
import type { Result, Storage } from "../storage/storage.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { SessionKind, Verb } from "./session-kind.ts";

/** Who may start a session of a known key, and whether it may have moved. */
export interface KeyedOptions {
  /** Whether a write may start a session. */
  readonly mayCreate: boolean;
  /** Whether keys are issued, so that a session may have moved on to another one. */
  readonly isIssued: boolean;
}

/** A session whose key is known from the start. */
export class KeyedSession<Key, Value> implements SessionKind<Key, Value> {
  readonly storage: Storage<Value>;
  readonly mayCreate: boolean;
  isUsed = false;
  wasLive = false;
  readonly isReadOnly = false;
  readonly #isIssued: boolean;
  readonly #parse: () => MaybePromise<ParsedKey<Key>>;
  #parsed: ParsedKey<Key> | undefined;

  /**
   * @param parse - validates the key; called by the first verb, so that a key that does not fit
   * rejects there
   */
  constructor(
    storage: Storage<Value>,
    parse: () => MaybePromise<ParsedKey<Key>>,
    { mayCreate, isIssued }: KeyedOptions,
  ) {
    this.storage = storage;
    this.mayCreate = mayCreate;
    this.#isIssued = isIssued;
    this.#parse = parse;
  }

  get key(): Key {
    const parsed = this.#parseNow();
    if (parsed !== undefined) return parsed.key;
    throw new UsageError("The key schema is asynchronous: await a verb before you read the key.");
  }

  get driverKey(): string | undefined {
    return this.#parseNow()?.driverKey;
  }

  locate(): MaybePromise<string> {
    this.isUsed = true;
    if (this.#parsed !== undefined) return this.#parsed.driverKey;
    const parsing = this.#parse();
    if (parsing instanceof Promise) return parsing.then((parsed) => this.#keep(parsed));
    return this.#keep(parsing);
  }

  accept(verb: Verb, _driverKey: string, { absence, value }: Result<Value>): true {
    if (absence === undefined || (verb === "write" && value !== undefined)) this.wasLive = true;
    if (verb !== "write" || this.mayCreate || absence === undefined || absence === "invalid")
      return true;
    throw new SessionEndedError(
      this.#isIssued
        ? "There is no session of this key, and only a request can start one. Nothing was stored."
        : "There is no session of this key, and only the store can start one. Nothing was stored.",
    );
  }

  /** Never called: there always is a key. */
  async create(): Promise<undefined> {}

  async remove(deadline: Deadline): Promise<boolean> {
    const locating = this.locate();
    const key = locating instanceof Promise ? await locating : locating;
    return (this.#isIssued ? endRecord : removeRecord)(this.storage, key, deadline);
  }

  /** Returns the key, if it is there without waiting. */
  #parseNow(): ParsedKey<Key> | undefined {
    const parsed = this.#parsed ?? this.#parse();
    if (!(parsed instanceof Promise)) return parsed;
    // Nobody waits for it: if it rejects, the verbs say so.
    parsed.catch(() => {});
    return undefined;
  }

  #keep(parsed: ParsedKey<Key>): string {
    this.#parsed = parsed;
    return parsed.driverKey;
  }
}
