import { movedTo } from "./codec.ts";
import type { DriverExpiry, DriverRecord, DriverVersion, WriteResult } from "./driver.ts";
import type { Events } from "./events.ts";
import type { GuardedDriver } from "./guarded-driver.ts";
import type { Lifetime } from "./lifetime.ts";
import type { RecordReader } from "./record-reader.ts";
import { backOff, MAX_ATTEMPTS, tooManyConflicts } from "./retry.ts";

/** How long a mark may stay that could not be deleted, in milliseconds: longer than a driver call may take. */
const MARK_TTL = 60_000;

/**
 * What became of a move. `taken`: there is something under the new key; `absent`: there was no live record to move;
 * `lost`: it went away meanwhile. Otherwise it is done, and the record ends at `expiresAt`.
 */
export type Move = "taken" | "absent" | "lost" | { readonly expiresAt: number | undefined };

/** The parts of a definition that a move takes. */
interface Parts {
  readonly driver: GuardedDriver;
  readonly events: Events;
  readonly lifetime: Lifetime;
  readonly reader: Pick<RecordReader<unknown>, "decode">;
}

/**
 * Moves a live record to another driver key: same text, same age, nothing left behind.
 *
 * The copy is written first. Then the old record is claimed: replaced, if nobody wrote meanwhile, by a mark that no verb
 * takes for a session. Only one claim can succeed, so of several moves one wins; and a driver needs no more than its
 * conditional write, one key a call. Then the mark is deleted: whoever finds it gone was overtaken by a removal.
 *
 * A failure leaves the record under its old key, or moved. Where the answer to a claim is lost, the old record is written
 * again as it is: that tells what became of the claim, and one that is still on its way is then too late. Where that fails
 * too, the copy stays, since the claim may yet come.
 *
 * @param mayClaim - called last before the old key dies; what it throws calls the move off
 * @throws ConflictError when other writers have beaten 256 attempts
 */
export async function moveRecord(
  parts: Parts,
  from: string,
  to: string,
  mayClaim: () => void,
): Promise<Move> {
  const { driver, events, lifetime, reader } = parts;
  let copied = false;
  let copy: DriverVersion | undefined;
  let moved = false;
  try {
    let record = await driver.read(from);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const { at } = reader.decode(from, record, false);
      if (record === undefined || at === undefined) return copied ? "lost" : "absent";
      const expiry = lifetime.expiry(at, lifetime.now());
      const condition = copy === undefined ? "absent" : { version: copy };
      copied = true;
      const copying = await driver.write(to, record.text, { ...expiry, if: condition });
      if (!copying.written) {
        copied = false;
        return "taken";
      }
      copy = copying.version;

      mayClaim();
      // Until the answer is there, the copy may be the session.
      copied = false;
      const claiming = await claim(from, to, { ...record, ...expiry }, parts);
      copied = true;
      if (claiming.written) {
        moved = await deleteMark(from, driver);
        return moved ? { expiresAt: expiry.expiresAt } : "lost";
      }
      events.tell({ type: "conflict", attempt }, from);
      if (attempt > 1) await backOff(attempt);
      record = attempt === 1 ? claiming.current : await driver.read(from);
    }
    throw tooManyConflicts();
  } finally {
    // Nobody has been told of the copy.
    if (copied && !moved) await forget(to, driver);
  }
}

async function claim(
  from: string,
  to: string,
  { text, version, ...expiry }: DriverRecord & DriverExpiry,
  { driver, lifetime }: Parts,
): Promise<WriteResult> {
  const mark = movedTo(to);
  const expiresAt = lifetime.now() + MARK_TTL;
  try {
    return await driver.write(from, mark, { expiresAt, ttl: MARK_TTL, if: { version } });
  } catch (error) {
    // It may have been carried out, or may yet be.
    const rewriting = await driver.write(from, text, { ...expiry, if: { version } });
    if (rewriting.written) {
      await forget(to, driver);
      throw error;
    }
    const { current } = rewriting;
    return current?.text === mark ? { written: true, version: current.version } : rewriting;
  }
}

/**
 * Tells whether the mark was still there. One that cannot be deleted ends by itself. Whether an answer that was lost would have
 * told of a removal at that very moment cannot be known: the session has moved, and is not given up for that.
 */
async function deleteMark(key: string, driver: GuardedDriver): Promise<boolean> {
  try {
    return await driver.remove(key);
  } catch {
    return true;
  }
}

/** Deletes a copy that is not to be. One that cannot be deleted ends by its lifetime, unseen. */
async function forget(key: string, driver: GuardedDriver): Promise<void> {
  try {
    await driver.remove(key);
  } catch {
    // What stopped the move is thrown already.
  }
}
