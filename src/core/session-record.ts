import type { Admission } from "./admission.ts";
import type { Result, Step } from "./change-record.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import type { Records } from "./records.ts";

/** What a change is for: `write` also stores where there is no value, `update` and `take` change what is there. */
export type ChangeKind = "write" | "update" | "take";

/** What a session handle acts on: one record, however its key comes about. */
export interface SessionRecord<Key, Value> {
  /** Where it is kept. */
  readonly records: Records<Value>;
  /** The key. */
  readonly key: Key;
  find(): Promise<Value | undefined>;
  /** Stores a value, whatever is there. */
  replace(admitting: MaybePromise<Admission<Value>>): Promise<Value>;
  /** Changes the value atomically. */
  change(step: Step<Value>, kind: ChangeKind): Promise<Result<Value>>;
  remove(): Promise<boolean>;
  touch(): Promise<boolean>;
}
