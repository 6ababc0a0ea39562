import type { Admission } from "./admission.ts";
import { KEEP, type Step } from "./change-record.ts";
import { ConfigurationError, UsageError } from "./errors.ts";
import type { IssuedRecord } from "./issued-record.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { SessionRecord } from "./session-record.ts";
import { type Initial, updateStep, upsertStep } from "./step.ts";
import type { FieldOf, OptionalField } from "./types/optional-field.ts";
import type { CookieSession, RotateOptions, Session } from "./types/session.ts";
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

  async insert(value: Write): Promise<Value> {
    return this.#record.replace(this.#admitted(value));
  }

  async swap(value: Write): Promise<Value | undefined> {
    this.#refuseNonAtomic("swap");
    const admitting = this.#admitted(value);
    return (await this.#record.change(() => admitting, "write")).previous;
  }

  async upsert(
    initial: Initial<Write>,
    update: (current: Value) => Updated<Value, Write>,
  ): Promise<Value> {
    this.#refuseNonAtomic("upsert");
    const { step, keepInitial } = upsertStep(this.#record.records, initial, update);
    const changing = this.#record.change(step, "write");
    keepInitial();
    return (await changing).value as Value;
  }

  async update(update: (current: Value) => Updated<Value, Write>): Promise<Value | undefined> {
    this.#refuseNonAtomic("update");
    const step = updateStep(this.#record.records, update);
    return (await this.#record.change(step, "update")).value;
  }

  async take<Field extends OptionalField<Value>>(
    field: Field,
  ): Promise<FieldOf<Value, Field> | undefined> {
    this.#refuseNonAtomic("take");
    let taken: unknown;
    const step: Step<Value> = (current) => {
      taken = undefined;
      if (typeof current !== "object" || current === null) return KEEP;
      if (!Object.hasOwn(current, field)) return KEEP;
      const fields = current as Record<PropertyKey, unknown>;
      taken = fields[field];
      delete fields[field];
      return current;
    };
    const { missing } = await this.#record.change(step, "take");
    return missing === undefined ? (taken as FieldOf<Value, Field>) : undefined;
  }

  async remove(): Promise<boolean> {
    return this.#record.remove();
  }

  async touch(): Promise<boolean> {
    return this.#record.touch();
  }

  /** Validates a value before the verb waits for anything: what becomes of it afterwards is not stored. */
  #admitted(value: Write): MaybePromise<Admission<Value>> {
    const admitting = this.#record.records.admit(value);
    // The verb may fail for something else before it comes to this.
    if (isPromise(admitting)) admitting.then(undefined, () => {});
    return admitting;
  }

  #refuseNonAtomic(verb: string): void {
    if (!this.#record.records.atomic) throw needsAtomic(verb);
  }
}

/** The handle of a session whose key this server issues. */
export class IssuedSessionHandle<Key, Value, Write>
  extends SessionHandle<Key | undefined, Value, Write>
  implements CookieSession<Key, Value, Write>
{
  readonly #issued: IssuedRecord<Key, Value>;

  constructor(record: IssuedRecord<Key, Value>) {
    super(record);
    this.#issued = record;
  }

  rotate(): Promise<undefined>;
  rotate(
    initial: Initial<Write>,
    update: (current: Value) => Updated<Value, Write>,
    options?: RotateOptions,
  ): Promise<Value>;
  async rotate(
    initial?: Initial<Write>,
    update?: (current: Value) => Updated<Value, Write>,
    options: RotateOptions = {},
  ): Promise<Value | undefined> {
    const { records } = this.#issued;
    if (!records.atomic) throw needsAtomic("rotate");
    if (initial === undefined && update === undefined) {
      await this.#issued.rotate(options);
      return undefined;
    }
    if (initial === undefined || typeof update !== "function") {
      throw new UsageError(
        "rotate takes both an initial value and an update function, as upsert does, or neither.",
      );
    }
    const { step, keepInitial } = upsertStep(records, initial, update);
    const rotating = this.#issued.rotate({ ...options, step });
    keepInitial();
    return (await rotating)?.value;
  }
}

function needsAtomic(verb: string): ConfigurationError {
  return new ConfigurationError(
    `"${verb}" needs a driver with compare-and-set, which this one lacks.`,
  );
}
