import type { Driver, DriverRecord, TouchOptions, WriteOptions, WriteResult } from "./driver.ts";
import { isSessionError, type SessionError, UnavailableError } from "./errors.ts";
import type { Events } from "./events.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";

/**
 * A driver whose every failure is an `UnavailableError`: what it throws or rejects with (unless that is one of our errors
 * already), an answer later than `timeout`, and any call after `close`. What answers at once still answers at once.
 */
export class GuardedDriver implements Driver<boolean> {
  readonly #driver: Driver<boolean>;
  readonly #timeout: number;
  readonly #events: Events;
  #closing: Promise<void> | undefined;

  /** @param timeout - milliseconds that one call may take */
  constructor(driver: Driver<boolean>, timeout: number, events: Events) {
    this.#driver = driver;
    this.#timeout = timeout;
    this.#events = events;
  }

  get atomic(): boolean {
    return this.#driver.atomic;
  }

  get canTouch(): boolean {
    return this.#driver.touch !== undefined;
  }

  read(key: string): MaybePromise<DriverRecord | undefined> {
    return this.#call("read", () => this.#driver.read(key));
  }

  write(key: string, text: string, options: WriteOptions): MaybePromise<WriteResult> {
    return this.#call("write", () => this.#driver.write(key, text, options));
  }

  remove(key: string): MaybePromise<boolean> {
    return this.#call("remove", () => this.#driver.remove(key));
  }

  touch(key: string, options: TouchOptions): MaybePromise<boolean> {
    return this.#call("touch", () => this.#driver.touch?.(key, options) ?? false);
  }

  /** Refuses calls from now on and closes the driver, once. Every caller waits for that. */
  close(): Promise<void> {
    this.#closing ??= (async () => this.#guard("close", () => this.#driver.close?.()))();
    return this.#closing;
  }

  #call<Result>(verb: string, call: () => MaybePromise<Result>): MaybePromise<Result> {
    if (this.#closing) throw new UnavailableError("The session store is closed.");
    return this.#guard(verb, call);
  }

  #guard<Result>(verb: string, call: () => MaybePromise<Result>): MaybePromise<Result> {
    let result: MaybePromise<Result>;
    try {
      result = call();
    } catch (cause) {
      throw this.#failed(verb, cause);
    }
    return isPromise(result) ? this.#settle(verb, result) : result;
  }

  #settle<Result>(verb: string, result: PromiseLike<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const late = `The session driver did not answer a ${verb} within ${this.#timeout} ms.`;
        reject(this.#told(new UnavailableError(late)));
      }, this.#timeout);
      result.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (cause: unknown) => {
          clearTimeout(timer);
          reject(this.#failed(verb, cause));
        },
      );
    });
  }

  #failed(verb: string, cause: unknown): SessionError {
    if (isSessionError(cause)) return cause;
    const message = `The session driver failed to ${verb}; see the cause.`;
    return this.#told(new UnavailableError(message, { cause }));
  }

  #told(error: UnavailableError): UnavailableError {
    this.#events.tell({ type: "unavailable", error });
    return error;
  }
}
