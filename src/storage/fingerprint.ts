/** The class, and the text, of what has no fields but says everything in its text. */
const TEXTS: readonly (new (...args: never) => object)[] = [RegExp, URL];

/**
 * Returns a text of a value. Two values have the same text if they hold the same, in whichever order
 * objects have their fields. Returns `undefined` if a part cannot be looked into: an instance of a
 * class, which may hide what it holds, or a circle.
 */
export function fingerprint(value: unknown): string | undefined {
  return textOf(value, []);
}

/** @param around - the objects that the part is in */
function textOf(part: unknown, around: readonly object[]): string | undefined {
  if (typeof part === "string") return JSON.stringify(part);
  if (typeof part === "function" || typeof part === "symbol") return undefined;
  if (typeof part !== "object" || part === null)
    return Object.is(part, -0) ? "number -0" : `${typeof part} ${part}`;
  if (around.includes(part)) return undefined;
  const inside = [...around, part];
  const listOf = (items: Iterable<unknown>): string | undefined => {
    const texts = Array.from(items, (item) => textOf(item, inside));
    return texts.includes(undefined) ? undefined : `[${texts.join()}]`;
  };
  const prototype: unknown = Object.getPrototypeOf(part);
  switch (prototype) {
    case Array.prototype:
      return listOf(part as unknown[]);
    case Object.prototype:
    case null:
      return named("object", listOf(Object.entries(part).sort(byName)));
    case Map.prototype:
      return named("map", listOf(part as Map<unknown, unknown>));
    case Set.prototype:
      return named("set", listOf(part as Set<unknown>));
    case Date.prototype:
      return `date ${(part as Date).getTime()}`;
    default:
      if (ArrayBuffer.isView(part) && !(part instanceof DataView))
        return `${part.constructor.name} ${part}`;
      return TEXTS.some((it) => it.prototype === prototype) ? JSON.stringify(`${part}`) : undefined;
  }
}

function named(kind: string, text: string | undefined): string | undefined {
  return text && `${kind} ${text}`;
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
