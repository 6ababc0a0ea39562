import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<object>();

/** Calls an asynchronous function so that its later calls can find the update. */
export function runInUpdate<Result>(update: object, call: () => Result): Result {
  return storage.run(update, call);
}

/** Returns the update of the asynchronous function that this call comes from, if there is one. */
export function currentUpdate(): object | undefined {
  return storage.getStore();
}
