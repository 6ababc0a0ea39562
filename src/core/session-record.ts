import type { Admission } from "./admission.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import type { Records, Step } from "./records.ts";

/** What a session handle acts on: one record, however its key comes about. */
export interface SessionRecord<Key, Value> {
  /** Where it is kept. */
  readonly records: Records<Value>;
  /** The key. */
  readonly key: Key;
  find(): Promise<Value | undefined>;
  /** Stores a value, whatever is there. */
  replace(admitting: MaybePromise<Admission<Value>>): Promise<Value>;
  /** Changes the value atomically, and gives the one now stored or the one before. */
  change(step: Step<Value>, gives?: "stored" | "previous"): Promise<Value | undefined>;
  remove(): Promise<boolean>;
  touch(): Promise<boolean>;
}
