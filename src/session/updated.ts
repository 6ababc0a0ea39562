import type { MaybePromise } from "../util/maybe-promise.ts";

/**
 * What an update function may give: the next value, or a promise of it. A value that is always an object may be
 * changed in place, with nothing given back.
 */
export type Updated<Value, Write> = [Value] extends [object]
  ? MaybePromise<Write | void>
  : MaybePromise<Write>;
