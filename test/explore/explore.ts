import type { Driver } from "zession";
import { type Choices, GivenChoices, minimise, RecordedChoices, SeededChoices } from "./choices.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { VirtualTime } from "./virtual-time.ts";

/** What a schedule takes place in. */
export interface Stage {
  readonly choices: Choices;
  readonly scheduler: Scheduler;
  readonly time: VirtualTime;
  /** The driver itself, without faults. */
  readonly plain: Driver;
  /** The same driver, whose calls and answers are steps of the scheduler. */
  readonly driver: Driver;
  /** A name for definitions that no other schedule uses. */
  readonly name: string;
  /** Counts what happened. */
  readonly count: (what: string) => void;
}

/**
 * Sets concurrent work up, lets the scheduler run it, and returns a sentence if something is wrong
 * with what came of it.
 */
export type Explorer = (stage: Stage) => Promise<string | undefined>;

/** What came of many schedules. */
export interface Exploration {
  readonly schedules: number;
  readonly calls: number;
  readonly faults: number;
  /** How often what happened. */
  readonly counts: Readonly<Record<string, number>>;
}

interface Run {
  readonly problem: string | undefined;
  readonly scheduler: Scheduler;
}

let names = 0;

/** Explores schedules with one explorer. */
export class Exploring {
  readonly #explorer: Explorer;
  readonly #make: () => Driver;
  readonly #options: SchedulerOptions;
  readonly #run = Math.random().toString(36).slice(2, 8);
  #calls = 0;
  #faults = 0;
  #schedules = 0;
  readonly #counts: Record<string, number> = {};

  /** @param make - makes the driver of one schedule; it may be the same for all */
  constructor(explorer: Explorer, make: () => Driver, options: SchedulerOptions) {
    this.#explorer = explorer;
    this.#make = make;
    this.#options = options;
  }

  get exploration(): Exploration {
    const [schedules, calls, faults] = [this.#schedules, this.#calls, this.#faults];
    return { schedules, calls, faults, counts: this.#counts };
  }

  /**
   * Runs one schedule.
   *
   * @throws Error with the smallest schedule that is as wrong, if it is wrong
   */
  async check(choices: Choices): Promise<void> {
    const recorded = new RecordedChoices(choices);
    const { problem, scheduler } = await this.#once(recorded);
    this.#schedules++;
    this.#calls += scheduler.calls;
    this.#faults += scheduler.faults;
    if (problem === undefined) return;
    const isSame = async (picks: readonly number[]): Promise<boolean> =>
      (await this.#once(new GivenChoices(picks))).problem?.split(":")[0] === problem.split(":")[0];
    const picks = (await isSame(recorded.picks))
      ? await minimise(recorded.picks, isSame)
      : recorded.picks;
    const smallest = await this.#once(new GivenChoices(picks));
    throw new Error(
      [smallest.problem ?? problem, ...smallest.scheduler.trace, `choices: ${picks.join()}`].join(
        "\n",
      ),
    );
  }

  async #once(choices: Choices): Promise<Run> {
    const time = new VirtualTime();
    const scheduler = new Scheduler(choices, time, this.#options);
    const plain = this.#make();
    const stage: Stage = {
      choices,
      scheduler,
      time,
      plain,
      driver: scheduler.driver(plain),
      name: `x${this.#run}${++names}`,
      count: (what) => {
        this.#counts[what] = (this.#counts[what] ?? 0) + 1;
      },
    };
    time.install();
    try {
      return { problem: await this.#explorer(stage), scheduler };
    } catch (error) {
      return { problem: `${error instanceof Error ? error.stack : error}`, scheduler };
    } finally {
      time.uninstall();
    }
  }
}

/**
 * Explores schedules that are chosen at random.
 *
 * @param seed - of the first schedule; each further one has the next
 * @throws Error about the first schedule that is wrong
 */
export async function exploreSeeds(
  exploring: Exploring,
  schedules: number,
  seed: number,
  onProgress: (done: number) => void = () => {},
): Promise<Exploration> {
  for (let done = 0; done < schedules; done++) {
    try {
      await exploring.check(new SeededChoices(seed + done));
    } catch (error) {
      throw new Error(`seed ${seed + done}: ${(error as Error).message}`);
    }
    if ((done + 1) % 1000 === 0) onProgress(done + 1);
  }
  return exploring.exploration;
}
