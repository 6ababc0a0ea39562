const ROUNDS = 21;
const ROUND_MILLISECONDS = 25;

/**
 * Measures the candidates in turn, round by round, so that whatever else the machine does falls on all of them alike,
 * and prints each median beside that of the last, which is the measure.
 */
export async function compare(
  title: string,
  candidates: Record<string, () => Promise<unknown>>,
): Promise<void> {
  const entries = Object.entries(candidates);
  const times = entries.map((): number[] => []);
  // The first rounds warm up.
  for (let round = -5; round < ROUNDS; round++) {
    for (const [index, [, run]] of entries.entries()) {
      const nanoseconds = await time(run);
      if (round >= 0) times[index]?.push(nanoseconds);
    }
  }
  const medians = times.map(median);
  const base = medians.at(-1) ?? 0;
  console.log(title);
  for (const [index, [name]] of entries.entries()) {
    const nanoseconds = medians[index] ?? 0;
    const ratio = index < entries.length - 1 ? `  ${(nanoseconds / base).toFixed(2)} ×` : "";
    console.log(`  ${name.padEnd(22)} ${nanoseconds.toFixed(0).padStart(7)} ns${ratio}`);
  }
}

/** Nanoseconds a call, over one round. */
async function time(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let calls = 0;
  let passed = 0;
  while (passed < ROUND_MILLISECONDS) {
    for (let i = 0; i < 200; i++) await run();
    calls += 200;
    passed = performance.now() - started;
  }
  return (passed * 1e6) / calls;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
