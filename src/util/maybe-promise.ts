/** A value, or a promise of it. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Returns whether a value has a `then`, as promises of all libraries have. Other values need not
 * wait for a microtask.
 */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    // Stubs of another machine (Workers RPC) are functions that can be awaited.
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
