import type {
  CallOptions,
  Driver,
  DriverRecord,
  WriteOptions,
  WriteResult,
} from "../drivers/driver.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

/**
 * A fault of a call:
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

/**
 * Makes calls overtake each other: each is carried out later, and answered later still, by times
 * drawn at random.
 */
export interface Jitter {
  /** The most that each of the two takes, in whole milliseconds. */
  readonly jitter: number;
  /** Where the random numbers begin, 1 or more: the same seed draws the same times. Default 1. */
  readonly seed?: number | undefined;
}

/** Runs a function between a call and its answer, as another program could. */
export interface Interlude {
  /** Runs after the call was carried out. The answer waits for it. */
  readonly meanwhile: () => unknown;
}

/** A method of a driver that can have faults and whose calls are counted. */
export type FaultyMethod = "read" | "write" | "remove" | "touch";

/** Which calls get a fault. */
export interface FaultOptions {
  /** Only calls of this method. Default: of all. */
  readonly on?: FaultyMethod | undefined;
  /** How many calls. Default: all until `heal` is called. */
  readonly times?: number | undefined;
  /** How many calls work before the fault begins. Default 0. */
  readonly after?: number | undefined;
}

/** A call of the driver. */
export interface DriverCall {
  /** The method. */
  readonly method: FaultyMethod;
  /** The driver key, as the driver got it. */
  readonly key: string;
}

/** A driver with faults that you can start and end. */
export interface FaultyDriver extends Driver {
  readonly atomic: true;
  /** The calls so far, including those with a fault. Set its `length` to 0 to count again. */
  readonly calls: DriverCall[];
  /** Adds a fault from now on. Earlier faults continue. */
  inject(fault: Fault, options?: FaultOptions): void;
  /** Ends all faults. A call that already hangs is never answered. */
  heal(): void;
}

/**
 * Returns a driver with faults, to test how a program behaves when its store is down, slow or busy,
 * or reports a call as failed that it has carried out. Without a fault it answers as the driver
 * itself does, at once or with a promise.
 *
 * @param driver - the driver that carries out the calls
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

/**
 * Returns whether a fault applies to a call of this method. If so, the call counts as one of its
 * times.
 */
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

/** Waits. Zero does not wait at all, so that such a call keeps its place in the order. */
async function sleep(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
