import { ConfigurationError } from "../errors.ts";

/**
 * Throws if an option does not exist. TypeScript reports misspelt options. In JavaScript they would
 * silently keep the default.
 *
 * @param owner - the function that takes the options
 * @throws ConfigurationError with the name of the unknown option and a similar one, or all
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
  const nearest = known.find((it) => isSimilar(it.toLowerCase(), unknown.toLowerCase()));
  const advice =
    nearest === undefined ? `The options are: ${known.join(", ")}.` : `Did you mean "${nearest}"?`;
  throw new ConfigurationError(`${owner}: there is no option "${unknown}". ${advice}`);
}

/** Returns whether two names have nearly the same letters, in any order. */
function isSimilar(one: string, other: string): boolean {
  const missing = (from: string, letters: string): number =>
    [...letters].filter((it) => !from.includes(it)).length;
  return missing(one, other) + missing(other, one) <= 2;
}
