import type { MaybePromise } from "../util/maybe-promise.ts";

/**
 * What an update function may return: the next value, or a promise of it. If the value is always an
 * object, the function may change it in place and return nothing.
 */
export type Updated<Value, Write> = [Value] extends [object]
  ? MaybePromise<Write | void>
  : MaybePromise<Write>;
