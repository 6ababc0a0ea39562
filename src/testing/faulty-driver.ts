import type {
  CallOptions,
  Driver,
  DriverRecord,
  WriteOptions,
  WriteResult,
} from "../drivers/driver.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

/**
 * What goes wrong with a call:
 *
 * - `"error"`: it fails and is not carried out.
 * - `"lost-reply"`: it is carried out and fails all the same.
 * - `"hang"`: it is not carried out and never answered.
 * - {@link Delay} and {@link Jitter}: its answer comes late.
 * - {@link Interlude}: something else happens before its answer comes.
 */
export type Fault = "error" | "lost-reply" | "hang" | Delay | Jitter | Interlude;

/** Carries a call out later. */
export interface Delay {
  /** How much later, in milliseconds. */
  readonly delay: number;
}

/** Makes calls overtake each other: each is carried out later, and answered later still, by times drawn at random. */
export interface Jitter {
  /** The most that each of the two takes, in whole milliseconds. */
  readonly jitter: number;
  /** Where the random numbers begin, 1 or more: the same seed draws the same times. Default 1. */
  readonly seed?: number | undefined;
}

/** Puts something between a call and its answer, as another program would. */
export interface Interlude {
  /** Runs once the call was carried out. The answer waits for it. */
  readonly meanwhile: () => unknown;
}

/** A method of a driver that faults befall and calls are counted of. */
export type FaultyMethod = "read" | "write" | "remove" | "touch";

/** Which calls a fault befalls. */
export interface FaultOptions {
  /** Only calls of this method. Default: of all. */
  readonly on?: FaultyMethod | undefined;
  /** How many calls. Default: all until `heal` is called. */
  readonly times?: number | undefined;
  /** How many calls are left alone first. Default 0. */
  readonly after?: number | undefined;
}

/** A call that the driver was asked for. */
export interface DriverCall {
  /** The method. */
  readonly method: FaultyMethod;
  /** The driver key, as the driver got it. */
  readonly key: string;
}

/** A driver that can be broken and mended. */
export interface FaultyDriver extends Driver {
  readonly atomic: true;
  /** The calls so far, also those that a fault befell. Set its `length` to 0 to count anew. */
  readonly calls: DriverCall[];
  /** Lets something go wrong from now on, in addition to what does already. */
  inject(fault: Fault, options?: FaultOptions): void;
  /** Ends all faults. A call that hangs already is never answered. */
  heal(): void;
}

/**
 * Puts faults in front of a driver, to test what a program does when its store is down, slow or busy, or has done what it reports
 * as failed. Without a fault the driver answers as it would by itself, at once or with a promise.
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
  readonly fault: Exclude<Fault, Jitter> | RandomTimes;
  readonly on: FaultOptions["on"];
  times: number;
  after: number;
}

class Faulty implements FaultyDriver {
  readonly atomic = true;
  readonly calls: DriverCall[] = [];
  // A driver that lacks one of these is used in another way, also with faults.
  readonly touch?: NonNullable<Driver["touch"]>;
  readonly sweep?: NonNullable<Driver["sweep"]>;
  readonly #driver: Driver;
  #faults: Injected[] = [];

  constructor(driver: Driver) {
    this.#driver = driver;
    const touch = driver.touch?.bind(driver);
    if (touch) this.touch = (key, options) => this.#call("touch", key, () => touch(key, options));
    if (driver.sweep) this.sweep = driver.sweep.bind(driver);
  }

  inject(fault: Fault, { on, times = Infinity, after = 0 }: FaultOptions = {}): void {
    const isRandom = typeof fault === "object" && "jitter" in fault;
    this.#faults.push({ fault: isRandom ? new RandomTimes(fault) : fault, on, times, after });
  }

  heal(): void {
    this.#faults = [];
  }

  read(key: string): MaybePromise<DriverRecord | undefined> {
    return this.#call("read", key, () => this.#driver.read(key));
  }

  write(key: string, text: string, options: WriteOptions): MaybePromise<WriteResult> {
    return this.#call("write", key, () => this.#driver.write(key, text, options));
  }

  remove(key: string, options?: CallOptions): MaybePromise<boolean> {
    return this.#call("remove", key, () => this.#driver.remove(key, options));
  }

  close(): MaybePromise<void> {
    return this.#driver.close?.();
  }

  #call<Result>(
    method: FaultyMethod,
    key: string,
    call: () => MaybePromise<Result>,
  ): MaybePromise<Result> {
    this.calls.push({ method, key });
    const faults = this.#faults.filter((it) => befalls(it, method)).map((it) => it.fault);
    return faults.length === 0 ? call() : suffer(faults, call);
  }
}

/** Whether a fault befalls a call of this method. If so, the call counts as one of its times. */
function befalls(injected: Injected, method: FaultyMethod): boolean {
  if (injected.times === 0 || (injected.on !== undefined && injected.on !== method)) return false;
  if (injected.after > 0) {
    injected.after--;
    return false;
  }
  injected.times--;
  return true;
}

async function suffer<Result>(
  faults: readonly Injected["fault"][],
  call: () => MaybePromise<Result>,
): Promise<Result> {
  for (const fault of faults) {
    if (fault instanceof RandomTimes) await sleep(fault.next());
    else if (typeof fault === "object" && "delay" in fault) await sleep(fault.delay);
  }
  if (faults.includes("hang")) return new Promise<never>(() => {});
  if (faults.includes("error")) throw new Error("injected: the call was not carried out");
  const result = await call();
  for (const fault of faults) {
    if (fault instanceof RandomTimes) await sleep(fault.next());
    else if (typeof fault === "object" && "meanwhile" in fault) await fault.meanwhile();
  }
  if (faults.includes("lost-reply")) throw new Error("injected: the reply was lost");
  return result;
}

/** Whole numbers of milliseconds up to a longest, by Lehmer's generator (Park and Miller 1988). */
class RandomTimes {
  readonly #longest: number;
  #state: number;

  constructor({ jitter, seed = 1 }: Jitter) {
    this.#longest = jitter;
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state * 16_807) % 2_147_483_647;
    return this.#state % (this.#longest + 1);
  }
}

/** Waits. No time is none: what is not late keeps its place in the order. */
async function sleep(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
