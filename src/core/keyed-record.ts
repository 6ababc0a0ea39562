import type { Admission } from "./admission.ts";
import { ConfigurationError, SessionEndedError } from "./errors.ts";
import type { BoundKey } from "./key-binder.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import { KEEP, type Records, type Step } from "./records.ts";
import type { SessionRecord } from "./session-record.ts";

/** The record of a key that is known from the start. */
export class KeyedRecord<Key, Value> implements SessionRecord<Key, Value> {
  readonly records: Records<Value>;
  readonly #bind: () => MaybePromise<BoundKey<Key>>;
  readonly #existing: boolean;
  #bound: BoundKey<Key> | undefined;

  /**
   * @param bind - validates the key; called by the first verb, so that a key that does not fit rejects there
   * @param existing - whether only what is there may be changed, because keys are issued by requests alone
   */
  constructor(records: Records<Value>, bind: () => MaybePromise<BoundKey<Key>>, existing: boolean) {
    this.records = records;
    this.#bind = bind;
    this.#existing = existing;
  }

  get key(): Key {
    const bound = this.#bound ?? this.#bind();
    if (!isPromise(bound)) return bound.key;
    throw new ConfigurationError(
      "The key schema is asynchronous: await a verb of this session before reading its key.",
    );
  }

  find(): Promise<Value | undefined> {
    return this.#at((key) => this.records.find(key));
  }

  replace(admitting: MaybePromise<Admission<Value>>): Promise<Value> {
    return this.#at((key) =>
      this.#existing
        ? (this.records.change(
            key,
            onlyExisting(() => admitting),
            { lenient: true },
          ) as Promise<Value>)
        : this.records.replace(key, admitting),
    );
  }

  change(step: Step<Value>, gives?: "stored" | "previous"): Promise<Value | undefined> {
    const allowed = this.#existing ? onlyExisting(step) : step;
    return this.#at((key) => this.records.change(key, allowed, { gives }));
  }

  remove(): Promise<boolean> {
    return this.#at((key) => this.records.remove(key));
  }

  touch(): Promise<boolean> {
    return this.#at((key) => this.records.touch(key));
  }

  #at<Result>(verb: (driverKey: string) => Promise<Result>): Promise<Result> {
    if (this.#bound !== undefined) return verb(this.#bound.driverKey);
    let binding: MaybePromise<BoundKey<Key>>;
    try {
      binding = this.#bind();
    } catch (error) {
      return Promise.reject(error);
    }
    const start = (bound: BoundKey<Key>): Promise<Result> => {
      this.#bound = bound;
      return verb(bound.driverKey);
    };
    return isPromise(binding) ? binding.then(start) : start(binding);
  }
}

/** A step that stores nothing where there is nothing. */
function onlyExisting<Value>(step: Step<Value>): Step<Value> {
  return async (current, missing) => {
    const input = await step(current, missing);
    if (input === KEEP || missing === undefined || missing === "invalid") return input;
    throw new SessionEndedError(
      "There is no session of this key, and only a request can start one. Nothing was stored.",
    );
  };
}
