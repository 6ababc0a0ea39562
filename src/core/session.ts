import { ConfigurationError } from "./errors.ts";
import type { BoundKey } from "./key-binder.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import { KEEP, type Records, type Step } from "./records.ts";
import type { Session } from "./types/session.ts";
import type { Updated } from "./types/updated.ts";

/**
 * The handle. It has no property of its own, so that printing or serialising it shows neither key nor value, and no
 * `bind`, which itty-router would call on it.
 */
export class SessionHandle<Key, Value, Write> implements Session<Key, Value, Write> {
  readonly #records: Records<Value>;
  readonly #bind: () => MaybePromise<BoundKey<Key>>;
  #bound: BoundKey<Key> | undefined;

  /** @param bind - validates the key; called by the first verb, so that a key that does not fit rejects there */
  constructor(records: Records<Value>, bind: () => MaybePromise<BoundKey<Key>>) {
    this.#records = records;
    this.#bind = bind;
  }

  /** Whether a request property is a handle on these records. */
  static isOf(records: object, property: unknown): boolean {
    return property instanceof SessionHandle && property.#records === records;
  }

  get key(): Key {
    const bound = this.#bound ?? this.#bind();
    if (!isPromise(bound)) return bound.key;
    throw new ConfigurationError(
      "The key schema is asynchronous: await a verb of this session before reading its key.",
    );
  }

  find(): Promise<Value | undefined> {
    return this.#at((key) => this.#records.find(key));
  }

  insert(value: Write): Promise<Value> {
    return this.#at((key) => this.#records.replace(key, value));
  }

  swap(value: Write): Promise<Value | undefined> {
    return this.#change("swap", () => value, "previous");
  }

  upsert(
    initial: Write | (() => MaybePromise<Write>),
    update: (current: Value) => Updated<Value, Write>,
  ): Promise<Value> {
    return this.#change("upsert", (current) =>
      current === undefined ? first(initial) : next(current, update),
    ) as Promise<Value>;
  }

  update(update: (current: Value) => Updated<Value, Write>): Promise<Value | undefined> {
    return this.#change("update", (current) =>
      current === undefined ? KEEP : next(current, update),
    );
  }

  remove(): Promise<boolean> {
    return this.#at((key) => this.#records.remove(key));
  }

  touch(): Promise<boolean> {
    return this.#at((key) => this.#records.touch(key));
  }

  #change(
    verb: string,
    step: Step<Value>,
    gives: "stored" | "previous" = "stored",
  ): Promise<Value | undefined> {
    if (this.#records.atomic) return this.#at((key) => this.#records.change(key, step, { gives }));
    const why = `"${verb}" needs a driver with compare-and-set, which this one lacks.`;
    return Promise.reject(new ConfigurationError(why));
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

function first<Write>(initial: Write | (() => MaybePromise<Write>)): MaybePromise<Write> {
  // A value cannot be a function: none can be stored.
  return typeof initial === "function" ? (initial as () => MaybePromise<Write>)() : initial;
}

function next<Value, Write>(
  current: Value,
  update: (current: Value) => Updated<Value, Write>,
): MaybePromise<unknown> {
  const changed = update(current);
  return isPromise(changed)
    ? changed.then((it) => it ?? inPlace(current, it))
    : (changed ?? inPlace(current, changed));
}

/** What an update meant that gave nothing back: the object it was given, which it may have changed. */
function inPlace(current: unknown, given: unknown): unknown {
  return given === undefined && typeof current === "object" ? current : given;
}
