import { AsyncLocalStorage } from "node:async_hooks";
import type { Driver, DriverRecord, WriteResult } from "zession";
import type { Choices } from "./choices.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What can go wrong with a driver call. */
export type Fault =
  /** It is not carried out, and the caller is told so. */
  | "refused"
  /** It is carried out, and the caller is told that it failed. */
  | "lost"
  /** The caller is told that it failed, and it is carried out later, but within its timeout. */
  | "late"
  /** It is carried out, and the caller is never answered. */
  | "silent";

const FAULTS: readonly Fault[] = ["refused", "lost", "late", "silent"];

/** How wild schedules are. */
export interface SchedulerOptions {
  /** How many of 100 driver calls suffer a fault. Default 0. */
  readonly faults?: number | undefined;
  /** In how many of 100 steps time moves on although something else could happen. Default 0. */
  readonly haste?: number | undefined;
  /** Whether an answer may be on its way while others go on. Default `true`. */
  readonly slowAnswers?: boolean | undefined;
}

/** Something that can happen next. */
interface Step {
  readonly label: string;
  readonly run: () => unknown;
}

interface Call<Result> {
  readonly label: string;
  readonly timeout: number | undefined;
  readonly execute: () => Result;
}

// Taken before any time is replaced.
const { setImmediate: immediate } = globalThis;

/** Who does what runs now. One for all schedulers: contexts grow with each. */
const actors = new AsyncLocalStorage<string>();

/** How many steps a schedule has at most. One that needs more runs for ever. */
const MAX_STEPS = 5000;

/**
 * Lets concurrent work go on one step at a time, in an order that `Choices` decide. Driver calls
 * and their answers are steps, and so is whatever waits at a gate.
 */
export class Scheduler {
  /** What happened, in order. */
  readonly trace: string[] = [];
  /** How many driver calls were made. */
  calls = 0;
  /** How many of them suffered a fault. */
  faults = 0;
  /**
   * How often time moved on although something else could happen, so that calls may have run out of
   * theirs.
   */
  jumps = 0;
  readonly #choices: Choices;
  readonly #time: VirtualTime;
  readonly #options: SchedulerOptions;
  #steps: Step[] = [];
  #tick = 0;

  constructor(choices: Choices, time: VirtualTime, options: SchedulerOptions = {}) {
    this.#choices = choices;
    this.#time = time;
    this.#options = options;
  }

  /** Returns a number that grows each time it is asked for: a clock for logs. */
  readonly tick = (): number => ++this.#tick;

  /** Names who does what a function does, for the trace. */
  as<Result>(actor: string, run: () => Promise<Result>): Promise<Result> {
    return actors.run(actor, run);
  }

  /** Waits until the scheduler lets this go on. */
  gate(label: string): Promise<void> {
    return new Promise((resolve) => this.#park(label, resolve));
  }

  /** Returns a driver whose calls and answers are steps. */
  driver(driver: Driver): Driver {
    const touch = driver.touch?.bind(driver);
    return {
      atomic: true,
      read: (key) =>
        this.#call({
          label: `read ${short(key)}`,
          timeout: undefined,
          execute: () => driver.read(key),
        }),
      write: (key, text, options) =>
        this.#call({
          label: `write ${short(key)} ${brief(text)} if ${JSON.stringify(options.if) ?? "any"}`,
          timeout: options.timeout,
          execute: () => driver.write(key, text, options),
        }),
      remove: (key, options) =>
        this.#call({
          label: `remove ${short(key)}`,
          timeout: options?.timeout,
          execute: () => driver.remove(key, options),
        }),
      ...(touch && {
        touch: (key, options) =>
          this.#call({
            label: `touch ${short(key)} if ${JSON.stringify(options.if)}`,
            timeout: options.timeout,
            execute: () => touch(key, options),
          }),
      }),
    };
  }

  /** Lets everything happen until the work is done and nothing is left to happen. */
  async run(work: readonly Promise<unknown>[]): Promise<void> {
    let isDone = false;
    const settled = Promise.allSettled(work).then(() => {
      isDone = true;
    });
    for (let steps = 0; ; steps++) {
      await new Promise(immediate);
      if (isDone && this.#steps.length === 0) return settled;
      if (steps > MAX_STEPS) throw new Error("the work goes on for ever");
      if (this.#steps.length === 0 && !this.#time.hasTimers) throw new Error("the work is stuck");
      if (
        this.#steps.length === 0 ||
        (this.#time.hasTimers && this.#happens(this.#options.haste))
      ) {
        if (this.#steps.length > 0) this.jumps++;
        this.#time.advance();
        this.#note(`time is ${Math.round(this.#time.now)} ms`);
        continue;
      }
      const [step] = this.#steps.splice(this.#choices.pick(this.#steps.length), 1);
      await step?.run();
    }
  }

  #call<Result extends PromiseLike<unknown> | DriverRecord | WriteResult | boolean | undefined>({
    label,
    timeout = Infinity,
    execute,
  }: Call<Result>): Promise<Awaited<Result>> {
    this.calls++;
    const end = this.#time.now + timeout;
    const carryOut = async (): Promise<Awaited<Result> | undefined> => {
      // The caller has been told that it failed, so it must not be carried out
      // (`CallOptions.timeout`).
      if (this.#time.now >= end) return undefined;
      const answer = await this.#time.outside(execute);
      this.#note(`  → ${JSON.stringify(answer)?.slice(0, 120)}`);
      return answer;
    };
    return new Promise((resolve, reject) => {
      this.#park(label, async () => {
        const fault = this.#fault();
        if (fault !== undefined) this.#note(`  ${fault}`);
        if (fault === "late") this.#park(`${label}, late`, carryOut);
        if (fault === "refused" || fault === "late") {
          this.#answer(label, () => reject(new Error(`${fault} on purpose`)));
          return;
        }
        try {
          const answer = await carryOut();
          if (fault === "silent" || this.#time.now >= end) return;
          if (fault === "lost") this.#answer(label, () => reject(new Error("lost on purpose")));
          else this.#answer(label, () => resolve(answer as Awaited<Result>));
        } catch (error) {
          this.#answer(label, () => reject(error));
        }
      });
    });
  }

  #answer(label: string, run: () => void): void {
    if (this.#options.slowAnswers === false) run();
    else this.#park(`${label}, answer`, run);
  }

  #park(label: string, run: () => unknown): void {
    const actor = actors.getStore() ?? "";
    this.#steps.push({
      label,
      run: () => {
        this.#note(`${actor}: ${label}`);
        return actors.run(actor, run);
      },
    });
  }

  #fault(): Fault | undefined {
    if (!this.#happens(this.#options.faults)) return undefined;
    this.faults++;
    return FAULTS[this.#choices.pick(FAULTS.length)];
  }

  #happens(percent = 0): boolean {
    return percent > 0 && this.#choices.pick(100) >= 100 - percent;
  }

  #note(line: string): void {
    this.trace.push(line);
  }
}

function short(key: string): string {
  return key.length > 24 ? `…${key.slice(-4)}` : key;
}

function brief(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
