/** One call of a verb: when it began and ended, by one clock, and what came of it. */
export interface Call<Outcome> {
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
}

/**
 * What a state may become by a call with this outcome; nothing if the call cannot have had it in
 * that state. Of a call that failed one often cannot tell whether it was carried out: it has two
 * next states, and an `end` of `Infinity`.
 */
export type Model<State, Outcome> = (state: State, outcome: Outcome) => readonly State[];

/**
 * Whether the calls can be put in one order, each somewhere between its start and its end, in which
 * each has the outcome that it would have had alone (Herlihy and Wing's linearizability, by the
 * search of Wing and Gong).
 */
export function isLinearizable<State, Outcome>(
  calls: readonly Call<Outcome>[],
  initial: State,
  model: Model<State, Outcome>,
): boolean {
  const sorted = [...calls].sort((a, b) => a.start - b.start);
  const failed = new Set<string>();
  const search = (left: readonly Call<Outcome>[], state: State): boolean => {
    if (left.length === 0) return true;
    const seen = `${JSON.stringify(state)}|${left.map((it) => sorted.indexOf(it)).join()}`;
    if (failed.has(seen)) return false;
    const firstEnd = Math.min(...left.map((it) => it.end));
    for (const [index, call] of left.entries()) {
      // What began after another had ended cannot have come before it.
      if (call.start > firstEnd) break;
      const others = left.toSpliced(index, 1);
      if (model(state, call.outcome).some((next) => search(others, next))) return true;
    }
    failed.add(seen);
    return false;
  };
  return search(sorted, initial);
}

/** Keeps a log of calls. */
export class CallLog<Outcome> {
  readonly calls: Call<Outcome>[] = [];
  readonly #clock: () => number;

  /** @param clock - never goes back */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * Makes a call and notes what came of it.
   *
   * @param isOpen - whether a call with this outcome may still be carried out when it has ended
   */
  async call(
    run: () => Promise<Outcome>,
    isOpen: (outcome: Outcome) => boolean = () => false,
  ): Promise<Outcome> {
    const start = this.#clock();
    const outcome = await run();
    const end = isOpen(outcome) ? Infinity : this.#clock();
    this.calls.push({ start, end, outcome });
    return outcome;
  }
}

/** A call of a session that counts. */
export type Counted =
  | { verb: "upsert"; gave: number }
  | { verb: "find"; gave: number | undefined }
  | { verb: "remove"; gave: boolean };

/** A count that is started with 1, counted on and removed. */
export const count: Model<number | null, Counted> = (state, { verb, gave }) => {
  switch (verb) {
    case "upsert":
      return gave === (state ?? 0) + 1 ? [gave] : [];
    case "find":
      return (gave ?? null) === state ? [state] : [];
    case "remove":
      return gave === (state !== null) ? [null] : [];
  }
};
