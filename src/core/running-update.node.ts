import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<object>();

/** Runs an asynchronous function so that what it calls later can tell. */
export function runIn<Result>(frame: object, run: () => Result): Result {
  return storage.run(frame, run);
}

/** Returns the frame of the asynchronous function that this call comes from, if it ran in one. */
export function currentFrame(): object | undefined {
  return storage.getStore();
}
