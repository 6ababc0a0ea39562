/** Runs a function. Without the runtime's help what it calls after an `await` cannot be told from what others call. */
export function runIn<Result>(_frame: object, run: () => Result): Result {
  return run();
}

/** Returns nothing: this runtime has no way to tell. */
export function currentFrame(): object | undefined {
  return undefined;
}
