import type { Admission } from "./admission.ts";
import { ConfigurationError } from "./errors.ts";
import type { IssuedRecord } from "./issued-record.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import { KEEP, type Step } from "./records.ts";
import type { SessionRecord } from "./session-record.ts";
import type { FieldOf, OptionalField } from "./types/optional-field.ts";
import type { CookieSession, Session } from "./types/session.ts";
import type { Updated } from "./types/updated.ts";

/**
 * The handle: the verbs, on a record. It has no property of its own, so that printing or serialising it shows neither
 * key nor value, and no `bind`, which itty-router would call on it.
 */
export class SessionHandle<Key, Value, Write> implements Session<Key, Value, Write> {
  readonly #record: SessionRecord<Key, Value>;

  constructor(record: SessionRecord<Key, Value>) {
    this.#record = record;
  }

  /** The record of a handle on these records, or `undefined` for anything else. */
  static recordOf(records: object, handle: unknown): SessionRecord<unknown, unknown> | undefined {
    if (!(handle instanceof SessionHandle)) return undefined;
    const record = handle.#record as SessionRecord<unknown, unknown>;
    return record.records === records ? record : undefined;
  }

  get key(): Key {
    return this.#record.key;
  }

  find(): Promise<Value | undefined> {
    return this.#record.find();
  }

  insert(value: Write): Promise<Value> {
    return this.#admitted(value, (admitting) => this.#record.replace(admitting));
  }

  swap(value: Write): Promise<Value | undefined> {
    return this.#admitted(value, (admitting) => this.#change("swap", () => admitting, "previous"));
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

  async take<Field extends OptionalField<Value>>(
    field: Field,
  ): Promise<FieldOf<Value, Field> | undefined> {
    let taken: unknown;
    await this.#change("take", (current) => {
      taken = undefined;
      if (typeof current !== "object" || current === null) return KEEP;
      if (!Object.hasOwn(current, field)) return KEEP;
      const fields = current as Record<PropertyKey, unknown>;
      taken = fields[field];
      delete fields[field];
      return current;
    });
    return taken as FieldOf<Value, Field> | undefined;
  }

  remove(): Promise<boolean> {
    return this.#record.remove();
  }

  touch(): Promise<boolean> {
    return this.#record.touch();
  }

  /** Validates a value before the verb waits for anything: what becomes of it afterwards is not stored. */
  #admitted<Result>(
    value: Write,
    verb: (admitting: MaybePromise<Admission<Value>>) => Promise<Result>,
  ): Promise<Result> {
    let admitting: MaybePromise<Admission<Value>>;
    try {
      admitting = this.#record.records.admit(value);
    } catch (error) {
      return Promise.reject(error);
    }
    // The verb may fail for something else before it comes to this.
    if (isPromise(admitting)) admitting.then(undefined, () => {});
    return verb(admitting);
  }

  #change(
    verb: string,
    step: Step<Value>,
    gives?: "stored" | "previous",
  ): Promise<Value | undefined> {
    if (this.#record.records.atomic) return this.#record.change(step, gives);
    return Promise.reject(needsAtomic(verb));
  }
}

/** The handle of a session whose key this server issues. */
export class IssuedSessionHandle<Key, Value, Write>
  extends SessionHandle<Key, Value, Write>
  implements CookieSession<Key, Value, Write>
{
  readonly #issued: IssuedRecord<Key, Value>;

  constructor(record: IssuedRecord<Key, Value>) {
    super(record);
    this.#issued = record;
  }

  rotate(): Promise<void> {
    if (this.#issued.records.atomic) return this.#issued.rotate();
    return Promise.reject(needsAtomic("rotate"));
  }
}

function needsAtomic(verb: string): ConfigurationError {
  return new ConfigurationError(
    `"${verb}" needs a driver with compare-and-set, which this one lacks.`,
  );
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
