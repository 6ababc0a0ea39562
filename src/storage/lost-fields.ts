import type { DriverRecord } from "../drivers/driver.ts";
import { InvalidValueError } from "../errors.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import {
  type Fields,
  isObject,
  isPlain,
  issuePath,
  itemsOf,
  missingFields,
  type Path,
  withoutField,
} from "../util/missing-fields.ts";
import { withoutLine } from "./line-text.ts";
import { type Serialized, serialize } from "./serialization.ts";
import type { Storage } from "./storage.ts";

/** How many fields of one value are tried out. Each takes another validation. */
const MAX_TRIALS = 16;

/**
 * Refuses the result of a user's function if the schema has ignored a field of it. As a rule the
 * name is misspelt, and the compiler could not see it: in one of two branches, in an item of a
 * list, behind a cast.
 *
 * A field that the current value had in such a place may go: `{ ...current, kind: "guest" }` leaves
 * one member of a union for another. So may a field that the schema has made something else of.
 *
 * @param input - what the function returned, or its copy of the current value, changed in place
 * @param next - what the schema made of it
 * @param record - the current record, if there is a current value
 * @throws InvalidValueError with the field's path
 */
export function refuseLost<Value>(
  storage: Storage<Value>,
  input: object,
  next: Serialized<Value>,
  record: DriverRecord | undefined,
): MaybePromise<Serialized<Value>> {
  // A schema that adds no fields has lost none if there are as many as before. Counting is quick.
  if (storage.schema.isFresh && !mayLack(input, next.value)) return next;
  const lost = missingFields(input, next.value, false);
  return lost.length === 0 ? next : examine(storage, input, next, record, lost);
}

/** Returns whether an object of the output may have fewer fields than the one of the input. */
function mayLack(input: object, output: unknown): boolean {
  if (!isObject(output)) return false;
  if (Array.isArray(input)) {
    for (let index = 0; index < input.length; index++) {
      const item: unknown = input[index];
      if (isObject(item) && mayLack(item, output[index])) return true;
    }
    return false;
  }
  const fields = input as Fields;
  let count = 0;
  for (const name in fields) {
    count++;
    const part = fields[name];
    if (isObject(part) && mayLack(part, output[name])) return true;
  }
  if (count === 0) return input instanceof Map || input instanceof Set;
  for (const _ in output) count--;
  return count > 0;
}

/** Finds out whether the schema has ignored one of the missing fields. */
async function examine<Value>(
  storage: Storage<Value>,
  input: object,
  next: Serialized<Value>,
  record: DriverRecord | undefined,
  lost: readonly Path[],
): Promise<Serialized<Value>> {
  // Read again, because the function may have changed the value that it was given.
  const current = record && (await currentValue(storage, record));
  const fresh = lost.filter((path) => !hadField(current, path));
  for (const path of fresh.slice(0, MAX_TRIALS)) {
    const without = await bodyOf(storage, withoutField(input, path));
    if (without !== next.body) continue;
    const message = `the value has no field "${String(path.at(-1))}"`;
    throw new InvalidValueError(
      "The schema of the session value ignores a field that the function returned, so the value was not stored; see error.issues.",
      [{ message, path: issuePath(path) }],
    );
  }
  return next;
}

async function currentValue(storage: Storage<unknown>, { text }: DriverRecord): Promise<unknown> {
  const { codec, schema } = storage;
  const result = await schema.standard.validate(codec.decode(withoutLine(text)).value);
  return result.issues === undefined ? result.value : undefined;
}

/** Returns the text of a value; `undefined` if the schema refuses it. */
async function bodyOf(storage: Storage<unknown>, input: unknown): Promise<string | undefined> {
  try {
    return (await serialize(storage, input)).body;
  } catch {
    return undefined;
  }
}

/**
 * Returns whether a value has a field at a path, or at one like it: in another item of a list or
 * map, since the function may have sorted it.
 */
function hadField(value: unknown, [step, ...rest]: Path): boolean {
  if (!isObject(value)) return false;
  if (rest.length === 0) return Object.hasOwn(value, step as string);
  const has = (part: unknown): boolean => hadField(part, rest);
  if (isPlain(value) && Object.hasOwn(value, step as string)) return has(value[step as string]);
  return (isPlain(value) ? Object.values(value) : itemsOf(value).map(([, item]) => item)).some(has);
}
