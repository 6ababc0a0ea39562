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

/** Continues with an answer: at once if it is there, otherwise when its promise resolves. */
export function andThen<From, To>(
  answer: MaybePromise<From>,
  next: (answer: From) => MaybePromise<To>,
): MaybePromise<To> {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}
