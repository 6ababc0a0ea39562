import type { Model } from "../races/linearizable.ts";

/** What is kept under the key. */
export interface Value {
  /** Which call stored it first. */
  readonly by: string;
  readonly n: number;
  readonly flash?: string | undefined;
}

/** The verbs of a known key. */
export const KEYED_VERBS = [
  "find",
  "update",
  "upsert",
  "take",
  "swap",
  "insert",
  "touch",
  "remove",
] as const;

/** One call of a verb, and what came of it. */
export interface KeyedOutcome {
  readonly verb: (typeof KEYED_VERBS)[number];
  /** What the verb stores, where it stores a value. */
  readonly stores: Value;
  /** What it gave, unless it failed. */
  readonly gave: unknown;
  /**
   * Whether it was done, failed in a way that does not tell, or is known to have changed nothing.
   */
  readonly is: "done" | "unknown" | "unchanged";
}

/** A session of a known key: every verb happens as a whole, at one moment. */
export const keyed: Model<Value | null, KeyedOutcome> = (state, outcome) => {
  if (outcome.is === "unchanged") return [state];
  const { gave, next } = perform(state, outcome);
  if (outcome.is === "unknown") return [state, next];
  return same(gave, outcome.gave) ? [next] : [];
};

function perform(
  state: Value | null,
  { verb, stores }: KeyedOutcome,
): { gave: unknown; next: Value | null } {
  switch (verb) {
    case "find":
      return { gave: state ?? undefined, next: state };
    case "touch":
      return { gave: state !== null, next: state };
    case "remove":
      return { gave: state !== null, next: null };
    case "insert":
      return { gave: stores, next: stores };
    case "swap":
      return { gave: state ?? undefined, next: stores };
    case "take": {
      if (state === null) return { gave: undefined, next: state };
      const { flash, ...others } = state;
      return { gave: flash, next: others };
    }
    case "update":
    case "upsert": {
      const counted = state && { ...state, n: state.n + 1 };
      const next = counted ?? (verb === "upsert" ? stores : null);
      return { gave: next ?? undefined, next };
    }
  }
}

/** Whether two values are equal as JSON. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
