import type { MaybePromise } from "../util/maybe-promise.ts";

/** A first value, or a function that returns it, or promises it. */
export type Initial<Value> = Value | (() => MaybePromise<Value>);
