import { endProgress, showProgress } from "./progress.ts";

/**
 * Measures candidates in turn, A B C A B C …, so that whatever else the machine does falls on all of them alike. Returns
 * what each of them measured, round by round.
 */
export async function inTurn<Name extends string, Figure>(
  title: string,
  rounds: number,
  candidates: Readonly<Record<Name, () => Promise<Figure>>>,
): Promise<Record<Name, Figure[]>> {
  const entries = Object.entries(candidates) as [Name, () => Promise<Figure>][];
  const figures = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<
    Name,
    Figure[]
  >;
  // The first rounds warm up: nothing is kept of them.
  for (let round = rounds > 3 ? -3 : -1; round < rounds; round++) {
    for (const [name, measure] of entries) {
      showProgress(title, `round ${Math.max(0, round + 1)} of ${rounds}, ${name}`);
      const figure = await measure();
      if (round >= 0) figures[name].push(figure);
    }
  }
  endProgress();
  return figures;
}

/** Returns the nanoseconds that a call takes, from calls one after the other for some milliseconds. */
export async function nanosecondsPerCall(
  call: () => unknown,
  milliseconds: number,
): Promise<number> {
  const started = performance.now();
  let calls = 0;
  let passed = 0;
  for (let batch = 1; passed < milliseconds; batch = Math.min(200, batch * 2)) {
    for (let i = 0; i < batch; i++) await call();
    calls += batch;
    passed = performance.now() - started;
  }
  return (passed * 1e6) / calls;
}
