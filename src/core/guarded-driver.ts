import type { Deadline } from "./deadline.ts";
import type { Driver, DriverRecord, TouchOptions, WriteOptions, WriteResult } from "./driver.ts";
import { isSessionError, type SessionError, UnavailableError } from "./errors.ts";
import type { Events } from "./events.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";

/** How many open definitions each driver has. */
const definitions = new WeakMap<Driver<boolean>, number>();

/**
 * A driver whose every failure is an `UnavailableError`: what it throws or rejects with (unless that is one of our errors
 * already), an answer later than the verb's deadline, and any call after `close`. What answers at once still answers at once.
 */
export class GuardedDriver {
  readonly #driver: Driver<boolean>;
  readonly #events: Events;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver<boolean>, events: Events) {
    this.#driver = driver;
    this.#events = events;
    definitions.set(driver, (definitions.get(driver) ?? 0) + 1);
  }

  get atomic(): boolean {
    return this.#driver.atomic;
  }

  get canTouch(): boolean {
    return this.#driver.touch !== undefined;
  }

  read(key: string, deadline: Deadline): MaybePromise<DriverRecord | undefined> {
    return this.#call("read", deadline, () => this.#driver.read(key));
  }

  write(
    key: string,
    text: string,
    options: WriteOptions,
    deadline: Deadline,
  ): MaybePromise<WriteResult> {
    return this.#call("write", deadline, (timeout) =>
      this.#driver.write(key, text, { ...options, timeout }),
    );
  }

  remove(key: string, deadline: Deadline): MaybePromise<boolean> {
    return this.#call("remove", deadline, (timeout) => this.#driver.remove(key, { timeout }));
  }

  touch(key: string, options: TouchOptions, deadline: Deadline): MaybePromise<boolean> {
    return this.#call(
      "touch",
      deadline,
      (timeout) => this.#driver.touch?.(key, { ...options, timeout }) ?? false,
    );
  }

  /**
   * Refuses calls from now on. Closes the driver too, once no other definition on it is open. Every caller waits for that.
   */
  close(deadline: Deadline): Promise<void> {
    this.#closing ??= this.#close(deadline);
    return this.#closing;
  }

  async #close(deadline: Deadline): Promise<void> {
    const others = (definitions.get(this.#driver) ?? 1) - 1;
    definitions.set(this.#driver, others);
    if (others === 0) await this.#guard("close", deadline, () => this.#driver.close?.());
  }

  #call<Result>(
    verb: string,
    deadline: Deadline,
    call: (timeout: number) => MaybePromise<Result>,
  ): MaybePromise<Result> {
    if (this.#closing) throw new UnavailableError("The session store is closed.");
    return this.#guard(verb, deadline, call);
  }

  #guard<Result>(
    verb: string,
    deadline: Deadline,
    call: (timeout: number) => MaybePromise<Result>,
  ): MaybePromise<Result> {
    const { left } = deadline;
    if (left <= 0) throw this.#reported(tooLate(verb, deadline));
    let result: MaybePromise<Result>;
    try {
      result = call(left);
    } catch (cause) {
      throw this.#failed(verb, cause);
    }
    return isPromise(result) ? this.#settle(verb, deadline, result) : result;
  }

  #settle<Result>(verb: string, deadline: Deadline, result: PromiseLike<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(this.#reported(tooLate(verb, deadline)));
      }, deadline.left);
      result.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (cause: unknown) => {
          clearTimeout(timer);
          // A call that came too late has been reported already.
          if (!isLate) reject(this.#failed(verb, cause));
        },
      );
    });
  }

  #failed(verb: string, cause: unknown): SessionError {
    if (isSessionError(cause)) return isUnavailable(cause) ? this.#reported(cause) : cause;
    const message = `The session driver failed to ${verb}; see the cause.`;
    return this.#reported(new UnavailableError(message, { cause }));
  }

  #reported(error: UnavailableError): UnavailableError {
    this.#events.tell({ type: "unavailable", error });
    return error;
  }
}

function tooLate(verb: string, { timeout }: Deadline): UnavailableError {
  return new UnavailableError(
    `The session driver did not answer a ${verb} within the verb's timeout of ${timeout} ms.`,
  );
}

function isUnavailable(error: SessionError): error is UnavailableError {
  return error.code === "ERR_SESSION_UNAVAILABLE";
}
