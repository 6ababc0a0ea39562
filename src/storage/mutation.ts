import { currentUpdate, runInUpdate } from "#running-update";
import type { DriverRecord } from "../drivers/driver.ts";
import { UsageError } from "../errors.ts";
import { isAsyncFunction } from "../util/is-async-function.ts";
import { andThen, isPromise, type MaybePromise } from "../util/maybe-promise.ts";
import { type Deadline, excludeTime } from "./deadline.ts";
import { refuseLost } from "./lost-fields.ts";
import { keepFields, refuseFirst, refuseInput } from "./privileged-fields.ts";
import { type Serialized, serialize } from "./serialization.ts";
import type { Storage } from "./storage.ts";

/** What an update returns to leave the record as it is. */
export const UNCHANGED: unique symbol = Symbol("unchanged");

/** What a verb does to the value of a session. */
export interface Mutation<Value> {
  /** The value to store in any case. It was validated when the verb was called. */
  readonly replacement?: MaybePromise<Serialized<Value>>;
  /** The value to store if there is none, or a function that returns it. */
  readonly initial?: unknown;
  /** Returns the next value for the current one. */
  readonly update?: (current: Value) => unknown;
  /** Whether the session gets a new key with the value, so that privileged fields may change. */
  readonly isRotation?: boolean;
  /** `initial` as it was when the verb was called; see `keepInitial`. */
  keptInitial?: () => MaybePromise<Serialized<Value>>;
}

/** A running call of a user's function for a session, and the call around it. */
interface RunningUpdate {
  /** The session: its driver key, or an object in place of it. */
  readonly subject: unknown;
  /** The definition's storage: other definitions may have the same driver keys. */
  readonly storage: unknown;
  readonly outer: RunningUpdate | undefined;
  /** Whether the function has settled. Calls that it left running are no longer inside it. */
  isOver: boolean;
}

/** The user's function that is running synchronously. */
let running: RunningUpdate | undefined;
/** How many asynchronous functions have not settled. */
let asyncCount = 0;

/**
 * Returns the value to store: runs the user's function on a copy of the current value and validates
 * its result. It may be called more than once for one verb.
 *
 * @param subject - identifies the session while the function runs
 * @param deadline - the verb's deadline; the function's own time does not count
 * @param record - the record of the current value
 */
export function nextValue<Value>(
  storage: Storage<Value>,
  mutation: Mutation<Value>,
  current: Value | undefined,
  subject: unknown,
  deadline: Deadline,
  record?: DriverRecord,
): MaybePromise<Serialized<Value> | typeof UNCHANGED> {
  const { privileged } = storage;
  const compute = (): MaybePromise<Serialized<Value> | typeof UNCHANGED> =>
    computeNext(storage, mutation, current, subject, deadline, record);
  if (privileged === undefined || mutation.isRotation) return compute();
  if (current === undefined) {
    return andThen(compute(), (next) =>
      next === UNCHANGED ? next : refuseFirst(storage, privileged, next),
    );
  }
  return andThen(keepFields(storage, privileged, current), (keep) =>
    andThen(compute(), (next) => (next === UNCHANGED ? next : keep(next))),
  );
}

function computeNext<Value>(
  storage: Storage<Value>,
  mutation: Mutation<Value>,
  current: Value | undefined,
  subject: unknown,
  deadline: Deadline,
  record?: DriverRecord,
): MaybePromise<Serialized<Value> | typeof UNCHANGED> {
  const { replacement, initial, update } = mutation;
  if (replacement !== undefined) return replacement;
  let input: unknown;
  if (current !== undefined) {
    input = run(storage, subject, update as (current: Value) => unknown, current);
  } else if (typeof initial === "function") {
    input = run(storage, subject, initial as () => unknown, undefined);
  } else {
    return keepInitial(storage, mutation)();
  }
  if (typeof input === "object" && input !== null && isPromise(input)) {
    return excludeTime(deadline, input).then((it) =>
      validated(storage, mutation, current, it, record),
    );
  }
  return validated(storage, mutation, current, input, record);
}

/**
 * Validates the initial value once, as it is at this moment, so that later changes by its owner are
 * not stored. Call it when a verb has to wait.
 */
export function keepInitial<Value>(
  storage: Storage<Value>,
  mutation: Mutation<Value>,
): () => MaybePromise<Serialized<Value>> {
  mutation.keptInitial ??= settled(() => serialize(storage, mutation.initial));
  return mutation.keptInitial;
}

/** Calls a function now. Returns a function that returns or throws its result. */
function settled<Answer>(call: () => MaybePromise<Answer>): () => MaybePromise<Answer> {
  try {
    const answer = call();
    // Perhaps nobody will await it.
    if (answer instanceof Promise) answer.then(undefined, () => {});
    return () => answer;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/**
 * Throws if a verb is called inside a function that runs for the same session. The verb would wait
 * for the function, which waits for the verb.
 *
 * A variable holds the function that is running synchronously. After an `await` of an `async`
 * function only the runtime knows (`AsyncLocalStorage` on Node.js, Bun and Deno); it is asked only
 * while such a function runs. Two cases are not noticed: a plain function that returns a promise
 * and calls the verb later, and an `await` on other runtimes. Such a verb waits until its time is
 * over.
 *
 * @throws UsageError
 */
export function refuseInside(storage: object, subject: unknown): void {
  let update = running ?? (asyncCount > 0 ? (currentUpdate() as RunningUpdate) : undefined);
  for (; update !== undefined; update = update.outer) {
    if (update.isOver || update.storage !== storage || update.subject !== subject) continue;
    throw new UsageError(
      "A function that updates this session has called a verb of the same session, and would wait for itself. Return the new value, or call the verb before or after.",
    );
  }
}

function run<Value>(
  storage: unknown,
  subject: unknown,
  fn: (current: Value) => unknown,
  current: Value,
): unknown {
  const caller = running;
  const outer = caller ?? (asyncCount > 0 ? (currentUpdate() as RunningUpdate) : undefined);
  const update: RunningUpdate = { subject, storage, outer, isOver: false };
  running = update;
  try {
    // The calls of an `async` function after its first `await` can be noticed, too.
    if (!isAsyncFunction(fn)) return fn(current);
    const result = runInUpdate(update, () => fn(current)) as Promise<unknown>;
    asyncCount++;
    const settled = (): void => {
      asyncCount--;
      update.isOver = true;
    };
    result.then(settled, settled);
    return result;
  } finally {
    running = caller;
  }
}

/**
 * Validates the result of a user's function. An update that returns nothing has changed its copy.
 */
function validated<Value>(
  storage: Storage<Value>,
  mutation: Mutation<Value>,
  current: Value | undefined,
  input: unknown,
  record: DriverRecord | undefined,
): MaybePromise<Serialized<Value> | typeof UNCHANGED> {
  if (input === UNCHANGED) return UNCHANGED;
  if (current === undefined && !mutation.isRotation) refuseInput(storage, input);
  const isInPlace = input === undefined && typeof current === "object";
  const result = isInPlace ? current : input;
  const serializing = serialize(storage, result);
  if (typeof result !== "object" || result === null) return serializing;
  return andThen(serializing, (next) => refuseLost(storage, result, next, record));
}
