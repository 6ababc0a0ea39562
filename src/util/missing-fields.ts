/** The way to a field, from a value down: names of fields, indexes, and keys of maps. */
export type Path = readonly unknown[];

/** An object, by its fields. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns the fields of plain objects, at any depth, that are missing in the same place of what a
 * schema made of them. Fields that are undefined do not count.
 *
 * @param withItems - whether the items of lists count as fields. Otherwise a list of another length
 * is left out
 */
export function missingFields(input: unknown, output: unknown, withItems: boolean): Path[] {
  const missing: Path[] = [];
  collect(input, output, withItems, [], missing, new Set());
  return missing;
}

/** @param around - the objects that the input is in: a codec may make circles */
function collect(
  input: unknown,
  output: unknown,
  withItems: boolean,
  path: unknown[],
  missing: Path[],
  around: Set<unknown>,
): void {
  if (input === output || !isObject(input) || around.has(input)) return;
  const inside = (step: unknown, part: unknown, kept: unknown): void => {
    path.push(step);
    around.add(input);
    collect(part, kept, withItems, path, missing, around);
    around.delete(input);
    path.pop();
  };
  const isList = Array.isArray(input);
  if (isPlain(input) || (isList && withItems)) {
    for (const name of Object.keys(input)) {
      const part = input[name];
      const step = isList ? Number(name) : name;
      if (part === undefined) continue;
      if (!isObject(output) || !Object.hasOwn(output, name)) missing.push([...path, step]);
      else inside(step, part, output[name]);
    }
    return;
  }
  const items = itemsOf(input);
  const kept = itemsOf(output);
  if (items.length !== kept.length) return;
  for (const [index, [step, item]] of items.entries()) inside(step, item, kept[index]?.[1]);
}

/** Returns what an array, a set or a map holds: each item, and its index or key. */
export function itemsOf(value: unknown): [step: unknown, item: unknown][] {
  if (Array.isArray(value) || value instanceof Set) return [...[...value].entries()];
  return value instanceof Map ? [...value] : [];
}

/** Returns a copy of a value that lacks the field at a path. */
export function withoutField(value: unknown, [step, ...rest]: Path): unknown {
  if (isObject(value) && isPlain(value)) {
    const { [step as string]: part, ...others } = value;
    return rest.length === 0 ? others : { ...others, [step as string]: withoutField(part, rest) };
  }
  const items = itemsOf(value)
    .filter(([key]) => rest.length > 0 || key !== step)
    .map(([key, item]) => [key, key === step ? withoutField(item, rest) : item] as const);
  if (value instanceof Map) return new Map(items);
  const list = items.map(([, item]) => item);
  return value instanceof Set ? new Set(list) : list;
}

/** Returns the path for an issue. */
export function issuePath(path: Path): PropertyKey[] {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}

/** Returns whether a value has fields or items. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/** Returns whether an object is of no class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
