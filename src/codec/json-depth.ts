/**
 * How many levels of arrays and objects the JSON of a value may have. More could exhaust a parser's
 * stack.
 */
export const MAX_DEPTH = 256;

/** Returns whether parsed JSON is nested deeper than any value that can be stored. */
export function isTooDeep(text: string, json: unknown): boolean {
  // Most texts do not even have that many brackets.
  let brackets = 0;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++brackets > MAX_DEPTH) return depthOf(json, 0) > MAX_DEPTH;
    }
  }
  return false;
}

/** Returns how deep JSON is nested, or one more than is allowed. */
function depthOf(json: unknown, depth: number): number {
  if (typeof json !== "object" || json === null || depth > MAX_DEPTH) return depth;
  let deepest = depth + 1;
  for (const item of Object.values(json)) deepest = Math.max(deepest, depthOf(item, depth + 1));
  return deepest;
}
