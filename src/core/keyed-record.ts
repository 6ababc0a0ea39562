import type { Admission } from "./admission.ts";
import type { ChangeOptions, Result, Step } from "./change-record.ts";
import type { Deadline } from "./deadline.ts";
import { SessionEndedError, UsageError } from "./errors.ts";
import type { BoundKey } from "./key-binder.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { Records } from "./records.ts";
import type { ChangeKind, SessionRecord } from "./session-record.ts";

/** How sessions of known keys differ. */
export interface KeyedOptions {
  /** Whether only what is there may be changed, because whoever has the handle may start no session. */
  readonly existing: boolean;
  /** Whether keys are issued, so that a session may have moved on to another one. */
  readonly issued: boolean;
}

/** The record of a key that is known from the start. */
export class KeyedRecord<Key, Value> implements SessionRecord<Key, Value> {
  readonly records: Records<Value>;
  readonly #bind: () => MaybePromise<BoundKey<Key>>;
  readonly #options: KeyedOptions;
  #bound: BoundKey<Key> | undefined;
  #isUsed = false;
  #wasLive = false;

  /** @param bind - validates the key; called by the first verb, so that a key that does not fit rejects there */
  constructor(
    records: Records<Value>,
    bind: () => MaybePromise<BoundKey<Key>>,
    options: KeyedOptions,
  ) {
    this.records = records;
    this.#bind = bind;
    this.#options = options;
  }

  get key(): Key {
    const bound = this.#bound ?? this.#bind();
    if (!isPromise(bound)) return bound.key;
    throw new UsageError(
      "The key schema is asynchronous: await a verb of this session before reading its key.",
    );
  }

  /** Whether a verb was used, so that the response depends on where the key came from. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Whether a verb came upon a live session, so that the response may hold what is somebody's own. */
  get wasLive(): boolean {
    return this.#wasLive;
  }

  async find(): Promise<Value | undefined> {
    const result = await this.#at((key, deadline) => this.records.find(key, deadline));
    if (result.missing === undefined) this.#wasLive = true;
    return result.value;
  }

  async replace(admitting: MaybePromise<Admission<Value>>): Promise<Value> {
    if (!this.#options.existing) {
      this.#wasLive = true;
      return this.#at((key, deadline) => this.records.replace(key, admitting, deadline));
    }
    return (await this.#changeExisting(() => admitting, true)).value as Value;
  }

  change(step: Step<Value>, kind: ChangeKind): Promise<Result<Value>> {
    if (kind !== "write") return this.#change(step, { ifMissing: "keep" });
    return this.#options.existing ? this.#changeExisting(step, false) : this.#change(step, {});
  }

  remove(): Promise<boolean> {
    return this.#at((key, deadline) =>
      this.#options.issued ? this.records.end(key, deadline) : this.records.remove(key, deadline),
    );
  }

  async touch(): Promise<boolean> {
    const result = await this.#at((key, deadline) => this.records.touch(key, deadline));
    return result.missing === undefined;
  }

  async #changeExisting(step: Step<Value>, lenient: boolean): Promise<Result<Value>> {
    const result = await this.#change(step, { lenient, ifMissing: "replace-invalid" });
    const { missing } = result;
    if (missing === undefined || missing === "invalid") return result;
    throw new SessionEndedError(
      this.#options.issued
        ? "There is no session of this key, and only a request can start one. Nothing was stored."
        : "There is no session of the key in this request, and a request cannot start one: use the store. Nothing was stored.",
    );
  }

  async #change(step: Step<Value>, options: ChangeOptions): Promise<Result<Value>> {
    const result = await this.#at((key, deadline) =>
      this.records.change(key, step, options, deadline),
    );
    // What was written is somebody's own too.
    if (result.missing !== "absent" || result.value !== undefined) this.#wasLive = true;
    return result;
  }

  #at<Answer>(verb: (driverKey: string, deadline: Deadline) => Promise<Answer>): Promise<Answer> {
    this.#isUsed = true;
    const deadline = this.records.deadline();
    if (this.#bound !== undefined) return verb(this.#bound.driverKey, deadline);
    let binding: MaybePromise<BoundKey<Key>>;
    try {
      binding = this.#bind();
    } catch (error) {
      return Promise.reject(error);
    }
    const start = (bound: BoundKey<Key>): Promise<Answer> => {
      this.#bound = bound;
      return verb(bound.driverKey, deadline);
    };
    return isPromise(binding) ? binding.then(start) : start(binding);
  }
}
