import type { MaybePromise } from "../util/maybe-promise.ts";
import type { Deadline } from "./deadline.ts";
import { refuseInside } from "./mutation.ts";
import { extendRecord, readRecord, writeRecord } from "./records.ts";
import { decodeRecord, deserialize, type Serialized } from "./serialization.ts";
import { NOTHING, type Result, type Storage } from "./storage.ts";

/** Stores a value unconditionally. Only for sessions that need not keep their age. */
export async function insertValue<Value>(
  storage: Storage<Value>,
  key: string,
  serializing: MaybePromise<Serialized<Value>>,
  deadline: Deadline,
): Promise<Result<Value>> {
  refuseInside(storage, key);
  const { body, value } = serializing instanceof Promise ? await serializing : serializing;
  const { codec, lifetime } = storage;
  const now = lifetime.now();
  const text = codec.date(body, now);
  const writing = writeRecord(storage, key, text, lifetime.expiry(now, now), deadline);
  if (writing instanceof Promise) await writing;
  return { ...NOTHING, value };
}

/** Stores a value only if the key has no record. Returns `undefined` if it has one. */
export async function createValue<Value>(
  storage: Storage<Value>,
  key: string,
  { body, value }: Serialized<Value>,
  retain: boolean,
  deadline: Deadline,
): Promise<Result<Value> | undefined> {
  const { codec, events, lifetime } = storage;
  const createdAt = lifetime.now();
  const options = { ...lifetime.expiry(createdAt, createdAt), if: "absent", retain } as const;
  const text = codec.date(body, createdAt);
  const result = await writeRecord(storage, key, text, options, deadline);
  if (!result.written) return undefined;
  events.emit({ type: "created" }, key);
  return { ...NOTHING, value, createdAt };
}

/** Restarts the idle time. The result's `absence` says why there is no session. */
export async function touchValue<Value>(
  storage: Storage<Value>,
  key: string,
  deadline: Deadline,
): Promise<Result<Value>> {
  refuseInside(storage, key);
  const { lifetime } = storage;
  const record = await readRecord(storage, key, deadline);
  const found = await deserialize(storage, key, record, false);
  const { createdAt } = found;
  if (record === undefined || createdAt === undefined || !lifetime.limited) return found;
  const now = lifetime.now();
  if (!lifetime.isOver(record, createdAt, now)) {
    if (await extendRecord(storage, key, record, createdAt, now, deadline)) {
      return { ...found, isCookieDue: lifetime.isCookieDue(createdAt, record.expiresAt, now) };
    }
  }
  // If the record has changed meanwhile, that write has restarted the idle time.
  const current = await readRecord(storage, key, deadline);
  return { ...found, absence: decodeRecord(storage, key, current, true).absence };
}
