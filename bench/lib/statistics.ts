/** Returns what a share of the values, from 0 to 1, does not exceed. `NaN` where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Returns the value in the middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Returns the median of what two lists differ by, pair by pair. */
export function medianDifference(values: readonly number[], base: readonly number[]): number {
  return median(values.map((value, round) => value - (base[round] ?? Number.NaN)));
}

/** Returns the median of how many times the second list's values the first list's are, pair by pair. */
export function medianRatio(values: readonly number[], base: readonly number[]): number {
  return median(values.map((value, round) => value / (base[round] ?? Number.NaN)));
}
