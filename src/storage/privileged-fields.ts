import { UsageError } from "../errors.ts";
import { andThen, type MaybePromise } from "../util/maybe-promise.ts";
import { fingerprint } from "./fingerprint.ts";
import { invalid, type Serialized, serialize } from "./serialization.ts";
import type { Storage } from "./storage.ts";

// Fields of a value that only `rotate(initial, update)` may write. What a verb would store is judged
// by the text of its record: the program may still hold the value itself, and change it.

/**
 * Throws if what the program wants to store first has such a field.
 *
 * @throws UsageError
 */
export function refuseInput({ privileged = [] }: Storage<unknown>, input: unknown): void {
  if (typeof input !== "object" || input === null) return;
  for (const name of privileged) if (fieldOf(input, name) !== undefined) throw refused(name);
}

/**
 * Throws if the first value of a session has such a field, unless the schema fills it by itself, as
 * with a default: then it fills it again where it is missing. So no other field of the input, nor a
 * getter, gets into it.
 *
 * @throws UsageError
 */
export function refuseFirst<Value>(
  storage: Storage<Value>,
  privileged: readonly string[],
  first: Serialized<Value>,
): MaybePromise<Serialized<Value>> {
  return andThen(readBody(storage, first.body), (value) => {
    const filled = privileged.filter((name) => fieldOf(value, name) !== undefined);
    return filled.length === 0 ? first : refuseFilled(storage, filled, first, value);
  });
}

async function refuseFilled<Value>(
  storage: Storage<Value>,
  filled: readonly string[],
  first: Serialized<Value>,
  value: unknown,
): Promise<Serialized<Value>> {
  const rest: Record<string, unknown> = { ...(value as object) };
  for (const name of filled) delete rest[name];
  let refilled: unknown;
  try {
    refilled = (await serialize(storage, rest)).value;
  } catch {
    // Without these fields it is no value.
  }
  for (const name of filled) if (fieldOf(refilled, name) === undefined) throw refused(name);
  return first;
}

/**
 * Notes what the fields of a value hold. Returns a check of the next value, which throws if they
 * hold something else there.
 */
export function keepFields<Value>(
  storage: Storage<Value>,
  privileged: readonly string[],
  current: Value,
): MaybePromise<(next: Serialized<Value>) => MaybePromise<Serialized<Value>>> {
  return andThen(storage.schema.storedForm(current), (stored) => {
    if (stored.issues !== undefined) throw invalid(stored.issues);
    const body = storage.codec.encode(stored.value);
    return (next) =>
      andThen(readBody(storage, body), (before) =>
        andThen(readBody(storage, next.body), (after) =>
          andThen(refuseChange(storage, privileged, before, after, next), () => next),
        ),
      );
  });
}

/** @throws UsageError if a field of the next value holds something else than before */
function refuseChange<Value>(
  storage: Storage<Value>,
  privileged: readonly string[],
  before: Value,
  after: Value,
  next: Serialized<Value>,
): MaybePromise<void> {
  const opaque = privileged.filter((name) => {
    const texts = [before, after].map((value) => fingerprint(fieldOf(value, name)));
    if (texts[0] !== texts[1]) throw refused(name);
    return texts[0] === undefined;
  });
  if (opaque.length === 0) return;
  // Instances that a codec has made may hide what they hold. If the next value had the ones from
  // before, its stored form would have to be the same.
  for (const name of opaque) {
    if (!Reflect.set(after as object, name, fieldOf(before, name))) throw refused(name);
  }
  return andThen(storage.schema.storedForm(after), (stored) => {
    const kept = stored.issues === undefined ? fingerprint(stored.value) : undefined;
    if (kept !== fingerprint(decodeBody(storage, next.body))) throw refused(opaque.join('", "'));
  });
}

/** Returns the value of a body, as its next reader gets it. */
function readBody<Value>(storage: Storage<Value>, body: string): MaybePromise<Value> {
  const stored = decodeBody(storage, body);
  // What is stored is the value itself.
  if (!storage.schema.hasCodec) return stored as Value;
  const result = storage.schema.standard.validate(stored);
  const accepted = (it: Awaited<typeof result>): Value => {
    if (it.issues !== undefined) throw invalid(it.issues);
    return it.value;
  };
  return "then" in result ? Promise.resolve(result).then(accepted) : accepted(result);
}

function decodeBody({ codec, lifetime }: Storage<unknown>, body: string): unknown {
  return codec.decode(codec.date(body, lifetime.now())).value;
}

/** Returns a field of a value, but not what all objects inherit, such as `constructor`. */
function fieldOf(value: unknown, name: string): unknown {
  const field: unknown = Reflect.get(Object(value), name);
  return field === Reflect.get(Object.prototype, name) ? undefined : field;
}

function refused(name: string): UsageError {
  return new UsageError(
    `"${name}" is privileged, so this verb cannot write it. Write it by rotate(initial, update), which gives the session a new key. Nothing was stored.`,
  );
}
