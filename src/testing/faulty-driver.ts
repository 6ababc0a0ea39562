import type { Driver, DriverRecord, WriteOptions, WriteResult } from "../core/driver.ts";
import type { MaybePromise } from "../core/maybe-promise.ts";

/**
 * What goes wrong with a call: it fails before it is carried out (`error`), is never answered (`hang`), is carried out and
 * fails all the same (`lost-reply`), or takes so many milliseconds longer (`delay`).
 */
export type Fault = "error" | "hang" | "lost-reply" | Delay;

/** An answer that comes late. */
export interface Delay {
  /** How much later, in milliseconds. */
  readonly delay: number;
}

/** Which calls a fault befalls. */
export interface FaultOptions {
  /** Only calls of this method. Default: of all. */
  readonly on?: "read" | "write" | "remove" | "touch" | undefined;
  /** How many calls. Default: all until `heal` is called. */
  readonly times?: number | undefined;
  /** How many calls are left alone first. Default 0. */
  readonly after?: number | undefined;
}

/** A driver that can be broken, and mended. */
export interface FaultyDriver extends Driver {
  readonly atomic: true;
  /** Lets something go wrong from now on, beside what does already. */
  inject(fault: Fault, options?: FaultOptions): void;
  /** Ends all faults. What hangs, hangs for good. */
  heal(): void;
}

/**
 * Puts faults before a driver, for tests of what a program does when its store is down, slow, or has done what it says it has
 * not.
 *
 * @param driver - the driver that works
 * @example
 * ```ts
 * const driver = faultyDriver(memoryDriver());
 * driver.inject("lost-reply", { on: "write", times: 1 });
 * ```
 */
export function faultyDriver(driver: Driver): FaultyDriver {
  return new Faulty(driver);
}

interface Injected {
  readonly fault: Fault;
  readonly on: FaultOptions["on"];
  times: number;
  after: number;
}

class Faulty implements FaultyDriver {
  readonly atomic = true;
  /** Only where the driver has them: without, it is used otherwise. */
  readonly touch?: NonNullable<Driver["touch"]>;
  readonly sweep?: NonNullable<Driver["sweep"]>;
  readonly #driver: Driver;
  #faults: Injected[] = [];

  constructor(driver: Driver) {
    this.#driver = driver;
    const touch = driver.touch?.bind(driver);
    if (touch) this.touch = (key, options) => this.#call("touch", () => touch(key, options));
    if (driver.sweep) this.sweep = driver.sweep.bind(driver);
  }

  inject(fault: Fault, { on, times = Infinity, after = 0 }: FaultOptions = {}): void {
    this.#faults.push({ fault, on, times, after });
  }

  heal(): void {
    this.#faults = [];
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

  close(): MaybePromise<void> {
    return this.#driver.close?.();
  }

  #call<Result>(
    method: FaultOptions["on"],
    call: () => MaybePromise<Result>,
  ): MaybePromise<Result> {
    const faults = this.#faults.filter((it) => befalls(it, method)).map((it) => it.fault);
    return faults.length === 0 ? call() : suffer(faults, call);
  }
}

/** Whether a fault befalls a call of this method, which counts as one of its times. */
function befalls(injected: Injected, method: FaultOptions["on"]): boolean {
  if (injected.times === 0 || (injected.on !== undefined && injected.on !== method)) return false;
  if (injected.after > 0) {
    injected.after--;
    return false;
  }
  injected.times--;
  return true;
}

async function suffer<Result>(
  faults: readonly Fault[],
  call: () => MaybePromise<Result>,
): Promise<Result> {
  for (const fault of faults) {
    if (typeof fault === "object") await new Promise((resolve) => setTimeout(resolve, fault.delay));
  }
  if (faults.includes("hang")) return new Promise<never>(() => {});
  if (faults.includes("error")) throw new Error("injected: the call was not carried out");
  const result = await call();
  if (faults.includes("lost-reply")) throw new Error("injected: the reply was lost");
  return result;
}
