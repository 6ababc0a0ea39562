import { UsageError } from "../errors.ts";
import { changeRecord } from "../storage/change-record.ts";
import type { Deadline } from "../storage/deadline.ts";
import { keepInitial, type Mutation, UNCHANGED } from "../storage/mutation.ts";
import { refuseInput } from "../storage/privileged-fields.ts";
import { findValue, readValue } from "../storage/records.ts";
import { type Serialized, serialize } from "../storage/serialization.ts";
import { NOTHING, type Result } from "../storage/storage.ts";
import { insertValue, touchValue } from "../storage/write-value.ts";
import type { Fields } from "../util/extra-field.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { showSummary } from "../util/show-summary.ts";
import { IssuedSession } from "./issued-session.ts";
import type { FieldOf, Takeable } from "./optional-field.ts";
import type { CookieSession, RotateOptions } from "./session.ts";
import type { SessionKind, Verb } from "./session-kind.ts";
import { summaryOf } from "./summary.ts";
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

  /** Returns whether the key of this session can change, as in a request that got it by cookie. */
  static canRotate(session: unknown): boolean {
    return session instanceof SessionHandle && session.#kind instanceof IssuedSession;
  }

  static {
    showSummary(SessionHandle.prototype, "Session", (it) =>
      summaryOf(it.#kind as SessionKind<unknown, unknown>),
    );
  }

  get key(): Key {
    return this.#kind.key;
  }

  async find(): Promise<Value | undefined> {
    const { isReadOnly, storage } = this.#kind;
    const finding = this.#run("find", (key, deadline) =>
      (isReadOnly ? readValue : findValue)(storage, key, deadline),
    );
    return (finding instanceof Promise ? await finding : finding).value;
  }

  async insert(value: Value | Write): Promise<Value> {
    const replacement = this.#serialize(value);
    const { mayCreate, storage } = this.#kind;
    // Under an absolute limit a session keeps its age, which only its record holds.
    const keepsAge = !mayCreate || storage.lifetime.absolute !== undefined;
    const inserting = keepsAge
      ? this.#change("write", { replacement }, true)
      : this.#run("write", (key, deadline) => insertValue(storage, key, replacement, deadline));
    return (await inserting).value as Value;
  }

  async swap(value: Value | Write): Promise<Value | undefined> {
    this.#requireAtomic("swap");
    return (await this.#change("write", { replacement: this.#serialize(value) })).previous;
  }

  async upsert<Next extends Updated<Value, Value | Write, Next>>(
    initial: Value | Write | (() => MaybePromise<Value | Write>),
    update: (current: Value) => MaybePromise<Next>,
  ): Promise<Value> {
    this.#requireAtomic("upsert");
    requireFunction("upsert", update);
    const { storage } = this.#kind;
    if (typeof initial === "object") refuseInput(storage, initial);
    const mutation: Mutation<Value> = { initial, update };
    const changing = this.#change("write", mutation);
    if (!(changing instanceof Promise)) return changing.value as Value;
    if (typeof initial === "object") keepInitial(storage, mutation);
    return (await changing).value as Value;
  }

  async update<Next extends Updated<Value, Value | Write, Next>>(
    update: (current: Value) => MaybePromise<Next>,
  ): Promise<Value | undefined> {
    this.#requireAtomic("update");
    requireFunction("update", update);
    return (await this.#change("update", { update })).value;
  }

  async take<const Field extends Fields<Value> | keyof Value>(
    field: Takeable<Value, Field>,
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
    const { storage } = this.#kind;
    const touching = this.#run("touch", (key, deadline) => touchValue(storage, key, deadline));
    return (await touching).absence === undefined;
  }

  rotate(): Promise<undefined>;
  rotate<Next extends Updated<Value, Value | Write, Next>>(
    initial: Value | Write | (() => MaybePromise<Value | Write>),
    update: (current: Value) => MaybePromise<Next>,
    options?: RotateOptions,
  ): Promise<Value>;
  async rotate(
    initial?: Value | Write | (() => MaybePromise<Value | Write>),
    update?: (current: Value) => unknown,
    options: RotateOptions = {},
  ): Promise<Value | undefined> {
    this.#requireAtomic("rotate");
    const kind = this.#kind;
    if (!(kind instanceof IssuedSession)) {
      throw new UsageError("Only the session of a request with a cookie can be rotated.");
    }
    if (initial === undefined && update === undefined) {
      await kind.rotate(undefined, {}, this.#start());
      return undefined;
    }
    if (initial === undefined || typeof update !== "function") {
      throw new UsageError(
        "rotate takes both an initial value and an update function, or neither.",
      );
    }
    const mutation: Mutation<Value> = { initial, update, isRotation: true };
    const rotating = kind.rotate(mutation, options, this.#start());
    if (typeof initial === "object") keepInitial(kind.storage, mutation);
    return (await rotating)?.value;
  }

  #change(
    verb: Exclude<Verb, "find" | "touch">,
    mutation: Mutation<Value>,
    ignoreInvalid?: boolean,
  ): MaybePromise<Result<Value>> {
    const { mayCreate, storage } = this.#kind;
    const ifWriting = mayCreate ? "create" : "replace-invalid";
    const options = { ifAbsent: verb === "write" ? ifWriting : "keep", ignoreInvalid } as const;
    return this.#run(
      verb,
      (key, deadline) => changeRecord(storage, key, mutation, options, deadline),
      mutation,
    );
  }

  /**
   * Runs a verb: locates the record, runs the step on it, and lets the session judge the result.
   * Returns no promise if nothing has to wait.
   *
   * @param step - what the verb does with the record
   * @param mutation - what a write stores if there is no session yet
   */
  #run(verb: Verb, step: Step<Value>, mutation?: Mutation<Value>): MaybePromise<Result<Value>> {
    const kind = this.#kind;
    const deadline = this.#start();
    const key = kind.locate(verb, deadline);
    if (typeof key !== "string") return this.#runLater(verb, step, mutation, deadline, key);
    const result = step(key, deadline);
    if (result instanceof Promise)
      return this.#runLater(verb, step, mutation, deadline, key, result);
    const accepting = kind.accept(verb, key, result, deadline);
    return accepting === true
      ? result
      : this.#runLater(verb, step, mutation, deadline, key, result, accepting);
  }

  /**
   * Goes on with a verb that has to wait, from what there is already. Starts over if the session
   * has moved meanwhile.
   */
  async #runLater(
    verb: Verb,
    step: Step<Value>,
    mutation: Mutation<Value> | undefined,
    deadline: Deadline,
    ...[locating, running, accepting]: Partial<Progress<Value>>
  ): Promise<Result<Value>> {
    const kind = this.#kind;
    // At once, so that of two verbs the one that was called first also begins first.
    let key = locating instanceof Promise ? await locating : locating;
    for (;;) {
      if (key === undefined) {
        if (verb !== "write") return NOTHING;
        const created = await kind.create(mutation as Mutation<Value>, deadline);
        if (created !== undefined) return created;
      } else {
        const result = await (running ?? step(key, deadline));
        if (await (accepting ?? kind.accept(verb, key, result, deadline))) return result;
      }
      running = accepting = undefined;
      key = await kind.locate(verb, deadline);
    }
  }

  /** Validates a value before the verb waits, so that later changes by its owner are not stored. */
  #serialize(value: Value | Write): MaybePromise<Serialized<Value>> {
    const { storage } = this.#kind;
    refuseInput(storage, value);
    const serializing = serialize(storage, value);
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

/** What a verb does with the record of a key. */
type Step<Value> = (key: string, deadline: Deadline) => MaybePromise<Result<Value>>;

/** The answers of `locate`, of the step and of `accept`, as far as they were asked for. */
type Progress<Value> = [
  locating: MaybePromise<string | undefined>,
  running: MaybePromise<Result<Value>>,
  accepting: MaybePromise<boolean>,
];

/** Refuses what JavaScript lets through, before anything is stored. */
function requireFunction(verb: string, update: unknown): void {
  if (typeof update === "function") return;
  throw new UsageError(
    `"${verb}" takes a function of the current value. To replace it, use insert.`,
  );
}
