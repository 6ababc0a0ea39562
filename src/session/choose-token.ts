import type { PresentedToken } from "../keys/key-source.ts";
import type { Deadline } from "../storage/deadline.ts";
import { readRecord } from "../storage/records.ts";
import { decodeRecord } from "../storage/serialization.ts";
import type { Storage } from "../storage/storage.ts";

/**
 * Returns the token, of several, that selects the session; `undefined` if none does.
 *
 * The order of cookies of one name says nothing (RFC 6265bis section 5.8.3), and a neighbouring
 * host may have set one of them (section 8.6). The valid cookie wins. Two valid ones are both
 * rejected. If none is valid but one was rotated away a moment ago, that one is returned, so that
 * no other session is started in its place.
 *
 * @param keyPrefix - what driver keys begin with
 */
export async function chooseToken(
  storage: Storage<unknown>,
  tokens: readonly PresentedToken[],
  keyPrefix: string,
  deadline: Deadline,
): Promise<PresentedToken | undefined> {
  const { events } = storage;
  const live: PresentedToken[] = [];
  let moved: PresentedToken | undefined;
  for (const token of tokens) {
    const driverKey = keyPrefix + token.key;
    const record = await readRecord(storage, driverKey, deadline);
    const { absence } = decodeRecord(storage, driverKey, record, true);
    if (absence === undefined || absence === "invalid") live.push(token);
    else if (absence === "moved") moved = token;
    else if (absence === "absent") events.emit({ type: "rejected", reason: "unknown" }, driverKey);
  }
  if (live.length > 1) events.emit({ type: "rejected", reason: "ambiguous" });
  if (live.length === 0) return moved;
  return live.length === 1 ? live[0] : undefined;
}
