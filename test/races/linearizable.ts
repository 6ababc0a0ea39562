/** One call of a verb: when it began and ended, by one clock, and what came of it. */
export interface Call<Outcome> {
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
}

/** What a state becomes by a call with this outcome, or `undefined` if the call cannot have had it in that state. */
export type Model<State, Outcome> = (
  state: State,
  outcome: Outcome,
) => { readonly next: State } | undefined;

/**
 * Whether the calls can be put in one order, each somewhere between its start and its end, in which each has the outcome that it
 * would have had alone (Herlihy and Wing's linearizability, by the search of Wing and Gong).
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
      const step = model(state, call.outcome);
      if (step !== undefined && search(left.toSpliced(index, 1), step.next)) return true;
    }
    failed.add(seen);
    return false;
  };
  return search(sorted, initial);
}

/** Keeps a log of calls. */
export class CallLog<Outcome> {
  readonly calls: Call<Outcome>[] = [];

  /** Makes a call and notes what came of it. */
  async call(run: () => Promise<Outcome>): Promise<Outcome> {
    const start = performance.now();
    const outcome = await run();
    this.calls.push({ start, end: performance.now(), outcome });
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
      return gave === (state ?? 0) + 1 ? { next: gave } : undefined;
    case "find":
      return (gave ?? null) === state ? { next: state } : undefined;
    case "remove":
      return gave === (state !== null) ? { next: null } : undefined;
  }
};
