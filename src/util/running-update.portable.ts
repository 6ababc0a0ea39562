/** Calls a function. Without the runtime's help, what it calls after an `await` cannot be told from what others call. */
export function runInUpdate<Result>(_update: object, call: () => Result): Result {
  return call();
}

/** Returns nothing: this runtime has no way to tell. */
export function currentUpdate(): object | undefined {
  return undefined;
}
