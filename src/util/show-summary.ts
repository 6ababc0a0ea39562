/** What logs call: `console.log` of Node.js and Bun, and that of Deno. */
const INSPECTIONS: readonly symbol[] = ["nodejs.util.inspect.custom", "Deno.customInspect"].map(
  (name) => Symbol.for(name),
);

/**
 * Makes logs and `JSON.stringify` show a summary of an object, or of all instances of a class, and
 * nothing else: no key, token or value.
 *
 * @param shown - the object, or the prototype of the class
 * @param label - what stands before the summary in a log
 */
export function showSummary<Shown extends object>(
  shown: Shown,
  label: string,
  summaryOf: (it: Shown) => object,
): void {
  const define = (name: string | symbol, value: (this: Shown) => unknown): void => {
    Object.defineProperty(shown, name, { value });
  };
  define("toJSON", function () {
    return summaryOf(this);
  });
  for (const inspection of INSPECTIONS) {
    define(inspection, function () {
      return `${label} ${JSON.stringify(summaryOf(this))}`;
    });
  }
}
