/** A value that is there, or will be. */
export type MaybePromise<T> = T | Promise<T>;

/** Anything with a `then`, also the promises of other libraries. What is no promise need not wait for a microtask. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    // What answers for another machine (Workers RPC) can be called and awaited.
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
