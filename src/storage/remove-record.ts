import { type Deadline, timeLeft } from "./deadline.ts";
import { forwardedTo, forwardingMark, MARK_TTL } from "./forwarding-mark.ts";
import { refuseInside } from "./mutation.ts";
import { deleteRecord, readRecord, writeRecord } from "./records.ts";
import { tooManyConflicts } from "./retry.ts";
import { decodeRecord } from "./serialization.ts";
import type { Storage } from "./storage.ts";

/**
 * How many forwarding marks `endRecord` follows. No session is rotated more often within a minute.
 */
const MAX_FORWARDS = 64;

/** Deletes the record of a key that is not issued. Returns whether there was a live one. */
export async function removeRecord(
  storage: Storage<unknown>,
  key: string,
  deadline: Deadline,
): Promise<boolean> {
  refuseInside(storage, key);
  // Only a session that can end by itself has to be read first, because its record may outlive it.
  // The driver deletes such a record: a deletion here might hit a new session.
  if (storage.lifetime.limited) {
    const record = await readRecord(storage, key, deadline);
    const { absence } = decodeRecord(storage, key, record, true);
    if (absence === "absent" || absence === "ended") return false;
  }
  return deleteAndTell(storage, key, deadline);
}

/**
 * Ends the session of an issued key for good, also if it has moved, and regardless of clocks.
 * Returns whether there was a live one.
 *
 * A rotation may be under way. So the record is first replaced, if its version is still the same,
 * by a mark that no verb reads as a session. A later rotation finds this mark. An earlier rotation
 * has left a mark to follow.
 */
export async function endRecord(
  storage: Storage<unknown>,
  key: string,
  deadline: Deadline,
): Promise<boolean> {
  refuseInside(storage, key);
  // Without compare-and-set there are no rotations.
  if (!storage.driver.atomic) return deleteAndTell(storage, key, deadline);
  let current = key;
  let record = await readRecord(storage, current, deadline);
  let hasLost = false;
  for (let forwards = 0; ; ) {
    if (record === undefined) {
      // The driver's clock may differ from the clock that keeps the session alive.
      await deleteRecord(storage, current, deadline);
      return false;
    }
    const target = forwardedTo(record.text);
    if (target !== undefined && ++forwards <= MAX_FORWARDS) {
      current = target;
      record = await readRecord(storage, current, deadline);
      continue;
    }
    const { absence } = decodeRecord(storage, current, record, true);
    if (absence === "moved") return false;
    if (hasLost && timeLeft(deadline) <= 0) throw tooManyConflicts();
    const expiry = { expiresAt: storage.lifetime.now() + MARK_TTL, ttl: MARK_TTL };
    const options = { ...expiry, if: { version: record.version } };
    const marking = await writeRecord(storage, current, forwardingMark(null), options, deadline);
    if (marking.written) {
      await deleteAndTell(storage, current, deadline);
      return absence !== "ended";
    }
    hasLost = true;
    record = marking.current;
  }
}

/** Ends the sessions of several keys. Tries all of them before it reports a failure. */
export async function endRecords(
  storage: Storage<unknown>,
  keys: Iterable<string>,
  deadline: Deadline,
): Promise<boolean> {
  const endings = [...keys].map((key) => endRecord(storage, key, deadline));
  await Promise.allSettled(endings);
  return (await Promise.all(endings)).includes(true);
}

async function deleteAndTell(
  storage: Storage<unknown>,
  key: string,
  deadline: Deadline,
): Promise<boolean> {
  const removed = await deleteRecord(storage, key, deadline);
  if (removed) storage.events.emit({ type: "removed" }, key);
  return removed;
}
