import type { SessionKind } from "./session-kind.ts";

/** What a log shows of a handle: no key, no token, no value. */
export interface SessionSummary {
  /** The definition's name. */
  readonly name: string;
  /** What the verbs of this handle have found so far. */
  readonly state: "not used yet" | "no session found" | "live" | "ended";
  /** The fingerprint that events have too, if the key is known. */
  readonly fingerprint?: string;
}

/** Returns what a log shows of a session. It calls no driver. */
export function summaryOf(kind: SessionKind<unknown, unknown>): SessionSummary {
  const { isUsed, storage, wasLive } = kind;
  const { events } = storage;
  try {
    const key = kind.driverKey;
    const known = wasLive ? (key === undefined ? "ended" : "live") : "no session found";
    const state = isUsed ? known : "not used yet";
    if (key === undefined) return { name: events.name, state };
    return { name: events.name, state, fingerprint: events.fingerprint(key) };
  } catch {
    // The key does not fit. A log must not fail for that.
    return { name: events.name, state: "not used yet" };
  }
}
