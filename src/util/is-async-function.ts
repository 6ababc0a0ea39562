const AsyncFunction = (async () => {}).constructor;

/** Returns whether a function is `async`. */
export function isAsyncFunction(fn: unknown): boolean {
  return fn instanceof AsyncFunction;
}
