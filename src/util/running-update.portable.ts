/** Calls a function. On this runtime, its calls after an `await` cannot be recognised. */
export function runInUpdate<Result>(_update: object, call: () => Result): Result {
  return call();
}

/** Returns `undefined`, because this runtime cannot know. */
export function currentUpdate(): object | undefined {
  return undefined;
}
