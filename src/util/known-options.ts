import { ConfigurationError } from "../errors.ts";

/**
 * Throws if an option does not exist. TypeScript reports misspelt options. In JavaScript they would
 * silently keep the default.
 *
 * @param owner - the function that takes the options
 * @throws ConfigurationError with the name of the unknown option and the most similar one
 */
export function refuseUnknownOptions(
  owner: string,
  options: unknown,
  known: readonly string[],
): void {
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError(`${owner}: the options must be an object.`);
  }
  const unknown = Object.keys(options).find((it) => !known.includes(it));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const advice =
    nearest === undefined ? `The options are: ${known.join(", ")}.` : `Did you mean "${nearest}"?`;
  throw new ConfigurationError(`${owner}: there is no option "${unknown}". ${advice}`);
}

/**
 * Returns the name that takes the fewest edits, unless more than a third of the letters would
 * change.
 */
function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const count = edits(name.toLowerCase(), candidate.toLowerCase());
    if (count < fewest) [nearest, fewest] = [candidate, count];
  }
  return nearest;
}

/** Counts the letters to add, drop or change to turn one text into the other (Levenshtein). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (letter === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
