import { UsageError } from "../errors.ts";
import { changeRecord } from "../storage/change-record.ts";
import type { Deadline } from "../storage/deadline.ts";
import { keepInitial, type Mutation, UNCHANGED } from "../storage/mutation.ts";
import { findValue } from "../storage/records.ts";
import { type Serialized, serialize } from "../storage/serialization.ts";
import { NOTHING, type Result } from "../storage/storage.ts";
import { insertValue, touchValue } from "../storage/write-value.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { IssuedSession } from "./issued-session.ts";
import type { FieldOf, OptionalField } from "./optional-field.ts";
import type { CookieSession, RotateOptions } from "./session.ts";
import type { SessionKind, Verb } from "./session-kind.ts";
import type { Updated } from "./updated.ts";

/**
 * The handle: the verbs, on a session of any kind. It has no own property, so that no log shows its
 * key or value. It has no `bind`, which itty-router would call.
 */
export class SessionHandle<Key, Value, Write> implements CookieSession<Key, Value, Write> {
  readonly #kind: SessionKind<Key, Value>;

  constructor(kind: SessionKind<Key, Value>) {
    this.#kind = kind;
  }

  /** Returns the session of a handle that works on this storage; `undefined` for anything else. */
  static kindOf(storage: object, handle: unknown): SessionKind<unknown, unknown> | undefined {
    if (!(handle instanceof SessionHandle)) return undefined;
    const kind = handle.#kind as SessionKind<unknown, unknown>;
    return kind.storage === storage ? kind : undefined;
  }

  get key(): Key {
    return this.#kind.key;
  }

  async find(): Promise<Value | undefined> {
    const kind = this.#kind;
    const deadline = this.#start();
    for (;;) {
      const locating = kind.locate("find", deadline);
      const key = locating instanceof Promise ? await locating : locating;
      if (key === undefined) return undefined;
      const finding = findValue(kind.storage, key, deadline, kind.isReadOnly);
      const result = finding instanceof Promise ? await finding : finding;
      const accepting = kind.accept("find", key, result, deadline);
      if (accepting === true || (await accepting)) return result.value;
    }
  }

  async insert(value: Write): Promise<Value> {
    const replacement = this.#serialize(value);
    const { mayCreate, storage } = this.#kind;
    // Under an absolute limit a session keeps its age, which only its record holds.
    if (!mayCreate || storage.lifetime.absolute !== undefined) {
      return (await this.#change("write", { replacement }, true)).value as Value;
    }
    const deadline = this.#start();
    const locating = this.#kind.locate("write", deadline);
    const key = (locating instanceof Promise ? await locating : locating) as string;
    const inserted = await insertValue(storage, key, replacement, deadline);
    this.#kind.accept("write", key, { ...NOTHING, value: inserted }, deadline);
    return inserted;
  }

  async swap(value: Write): Promise<Value | undefined> {
    this.#requireAtomic("swap");
    return (await this.#change("write", { replacement: this.#serialize(value) })).previous;
  }

  async upsert(
    initial: Write | (() => MaybePromise<Write>),
    update: (current: Value) => Updated<Value, Write>,
  ): Promise<Value> {
    this.#requireAtomic("upsert");
    requireFunction("upsert", update);
    const mutation: Mutation<Value> = { initial, update };
    const changing = this.#change("write", mutation);
    if (!mutation.isDone && typeof initial === "object") keepInitial(this.#kind.storage, mutation);
    return (await changing).value as Value;
  }

  async update(update: (current: Value) => Updated<Value, Write>): Promise<Value | undefined> {
    this.#requireAtomic("update");
    requireFunction("update", update);
    return (await this.#change("update", { update })).value;
  }

  async take<Field extends OptionalField<Value>>(
    field: Field,
  ): Promise<FieldOf<Value, Field> | undefined> {
    this.#requireAtomic("take");
    let taken: unknown;
    const update = (current: unknown): unknown => {
      taken = undefined;
      if (typeof current !== "object" || current === null || !Object.hasOwn(current, field))
        return UNCHANGED;
      const fields = current as Record<PropertyKey, unknown>;
      taken = fields[field];
      delete fields[field];
      return current;
    };
    const { absence } = await this.#change("take", { update });
    return absence === undefined ? (taken as FieldOf<Value, Field>) : undefined;
  }

  async remove(): Promise<boolean> {
    return this.#kind.remove(this.#start());
  }

  async touch(): Promise<boolean> {
    const kind = this.#kind;
    const deadline = this.#start();
    for (;;) {
      const locating = kind.locate("touch", deadline);
      const key = locating instanceof Promise ? await locating : locating;
      if (key === undefined) return false;
      const result = await touchValue(kind.storage, key, deadline);
      if (await kind.accept("touch", key, result, deadline)) return result.absence === undefined;
    }
  }

  rotate(): Promise<undefined>;
  rotate(
    initial: Write | (() => MaybePromise<Write>),
    update: (current: Value) => Updated<Value, Write>,
    options?: RotateOptions,
  ): Promise<Value>;
  async rotate(
    initial?: Write | (() => MaybePromise<Write>),
    update?: (current: Value) => Updated<Value, Write>,
    options: RotateOptions = {},
  ): Promise<Value | undefined> {
    this.#requireAtomic("rotate");
    const kind = this.#kind;
    if (!(kind instanceof IssuedSession)) {
      throw new UsageError(
        "Only the session of a request that got its key by cookie can be rotated.",
      );
    }
    if (initial === undefined && update === undefined) {
      await kind.rotate(undefined, {}, this.#start());
      return undefined;
    }
    if (initial === undefined || typeof update !== "function") {
      throw new UsageError(
        "rotate takes both an initial value and an update function, as upsert does, or neither.",
      );
    }
    const mutation: Mutation<Value> = { initial, update };
    const rotating = kind.rotate(mutation, options, this.#start());
    if (typeof initial === "object") keepInitial(kind.storage, mutation);
    return (await rotating)?.value;
  }

  async #change(
    verb: Exclude<Verb, "find" | "touch">,
    mutation: Mutation<Value>,
    ignoreInvalid?: boolean,
  ): Promise<Result<Value>> {
    const kind = this.#kind;
    const deadline = this.#start();
    const ifWriting = kind.mayCreate ? "create" : "replace-invalid";
    const options = { ifAbsent: verb === "write" ? ifWriting : "keep", ignoreInvalid } as const;
    for (;;) {
      const locating = kind.locate(verb, deadline);
      const key = locating instanceof Promise ? await locating : locating;
      if (key === undefined) {
        const created = verb === "write" ? await kind.create(mutation, deadline) : NOTHING;
        if (created === undefined) continue;
        return created;
      }
      const result = await changeRecord(kind.storage, key, mutation, options, deadline);
      const accepting = kind.accept(verb, key, result, deadline);
      if (accepting === true || (await accepting)) {
        mutation.isDone = true;
        return result;
      }
    }
  }

  /** Validates a value before the verb waits, so that later changes by its owner are not stored. */
  #serialize(value: Write): MaybePromise<Serialized<Value>> {
    const serializing = serialize(this.#kind.storage, value);
    // The verb may fail for another reason before it awaits this.
    if (serializing instanceof Promise) serializing.then(undefined, () => {});
    return serializing;
  }

  #start(): Deadline {
    return { timeout: this.#kind.storage.timeout, end: undefined };
  }

  #requireAtomic(verb: string): void {
    if (this.#kind.storage.driver.atomic) return;
    throw new UsageError(`"${verb}" needs a driver with compare-and-set, which this one lacks.`);
  }
}

/** Refuses what JavaScript lets through, before anything is stored. */
function requireFunction(verb: string, update: unknown): void {
  if (typeof update === "function") return;
  throw new UsageError(
    `"${verb}" takes a function that turns the present value into the next one. To set a value whatever is there, use insert.`,
  );
}
