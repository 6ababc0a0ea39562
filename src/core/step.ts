import type { Admission } from "./admission.ts";
import type { Step } from "./change-record.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { Records } from "./records.ts";
import type { Updated } from "./types/updated.ts";

/** A value to store where there is none, or a function that makes it. */
export type Initial<Write> = Write | (() => MaybePromise<Write>);

type Update<Value, Write> = (current: Value) => Updated<Value, Write>;

/** Makes the step of `update`. */
export function updateStep<Value, Write>(
  { reentrancy }: Records<Value>,
  update: Update<Value, Write>,
): Step<Value> {
  return (current, subject) =>
    reentrancy.run(subject, update, () => next(current as Value, update));
}

/** The step of `upsert`. */
export interface UpsertStep<Value> {
  readonly step: Step<Value>;
  /**
   * To be called as soon as the verb has begun: if it has to wait, the initial value is validated now, and what its owner
   * does to it afterwards is not stored.
   */
  readonly keepInitial: () => void;
}

/** Makes the step of `upsert`, and of a `rotate` that stores a value. */
export function upsertStep<Value, Write>(
  records: Records<Value>,
  initial: Initial<Write>,
  update: Update<Value, Write>,
): UpsertStep<Value> {
  const { reentrancy } = records;
  const made = (subject: unknown, make: () => MaybePromise<Write>): MaybePromise<unknown> =>
    reentrancy.run(subject, make, make);
  let isDone = false;
  let kept: (() => MaybePromise<Admission<Value>>) | undefined;
  const first = (subject: unknown): MaybePromise<unknown> => {
    // A value cannot be a function: none can be stored.
    if (typeof initial === "function") {
      return made(subject, initial as () => MaybePromise<Write>);
    }
    kept ??= settled(() => records.admit(initial));
    return kept();
  };
  const step: Step<Value> = (current, subject) => {
    const result =
      current === undefined
        ? first(subject)
        : reentrancy.run(subject, update, () => next(current, update));
    isDone = !isPromise(result);
    return result;
  };
  const keepInitial = (): void => {
    if (isDone || typeof initial !== "object" || initial === null) return;
    kept ??= settled(() => records.admit(initial));
  };
  return { step, keepInitial };
}

/** Calls a function now. What it returns or throws is for later. */
function settled<Value>(
  admit: () => MaybePromise<Admission<Value>>,
): () => MaybePromise<Admission<Value>> {
  try {
    const admitting = admit();
    // Perhaps nobody will ask for it.
    if (isPromise(admitting)) admitting.then(undefined, () => {});
    return () => admitting;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function next<Value, Write>(current: Value, update: Update<Value, Write>): MaybePromise<unknown> {
  const changed = update(current);
  return isPromise(changed)
    ? changed.then((it) => it ?? inPlace(current, it))
    : (changed ?? inPlace(current, changed));
}

/** What an update meant that returned nothing: the object it was given, which it may have changed. */
function inPlace(current: unknown, given: unknown): unknown {
  return given === undefined && typeof current === "object" ? current : given;
}
