import { defineSession } from "../definition/define-session.ts";
import { anything, type DriverTest, equal, type TestContext } from "./context.ts";
import { together } from "./races.ts";

/** How often a verb is tried that rejects with a `ConflictError`: nothing was stored then. */
const ATTEMPTS = 50;

/**
 * Tests races between sessions of one process. Each has its own definition, so that no queue hides
 * the driver.
 */
export const concurrency: readonly DriverTest[] = [
  [
    "lets 32 first upserts leave 32 (C32)",
    async (context) => {
      const sessions = rivals(context, 4);
      await together(32, (i) => persist(() => sessions[i % 4]?.upsert(1, incrementLater)));
      equal(await sessions[0]?.find(), 32, "found");
    },
    "atomic",
  ],
  [
    "loses no upsert of 8 rivals (C33)",
    async (context) => {
      const { upserts } = context;
      const sessions = rivals(context, 8);
      await sessions[0]?.insert(0);
      await Promise.all(
        sessions.map(async (session) => {
          for (let i = 0; i < upserts; i++) await persist(() => session.upsert(1, increment));
        }),
      );
      equal(await sessions[0]?.find(), 8 * upserts, "found");
    },
    "atomic",
  ],
  [
    "hands every swapped value out once (C34)",
    async (context) => {
      const swaps = context.upserts / 2;
      const sessions = rivals(context, 8);
      const previous: unknown[] = [];
      await Promise.all(
        sessions.map(async (session, s) => {
          for (let i = 0; i < swaps; i++)
            previous.push(await persist(() => session.swap(`${s}-${i}`)));
        }),
      );
      previous.push(await sessions[0]?.find());
      // The first swap gets what was there before: nothing.
      equal(new Set(previous).size, previous.length, "different values handed out");
    },
    "atomic",
  ],
  [
    "loses no update to the touches of others (C28, B25)",
    async (context) => {
      const sessions = rivals(context, 8);
      await sessions[0]?.insert(0);
      await together(40, (i) =>
        i % 2 === 0
          ? sessions[i % 8]?.touch()
          : persist(() => sessions[i % 8]?.upsert(0, increment)),
      );
      equal(await sessions[0]?.find(), 20, "found");
    },
    "atomic",
  ],
  [
    "leaves a removed session removed, or started anew (C38)",
    async (context) => {
      const sessions = rivals(context, 8);
      await sessions[0]?.insert(100);
      const results = await together(9, (i) =>
        i === 4
          ? sessions[i % 8]?.remove()
          : persist(() => sessions[i % 8]?.upsert(1, incrementLater)),
      );
      equal(results[4], true, "removed");
      const counts = results.filter((result) => typeof result === "number").sort((a, b) => a - b);
      const anew = counts.filter((count) => count < 100);
      // In whichever order they took place: those before the removal counted on from 100, those
      // after it from nothing.
      equal(
        counts.join(),
        [...upTo(anew.length, 0), ...upTo(8 - anew.length, 100)].join(),
        "counts",
      );
      equal((await sessions[0]?.find()) ?? 0, anew.length, "found");
    },
    "atomic",
  ],
];

function rivals({ driver, newKey }: TestContext, count: number) {
  const key = newKey();
  return Array.from({ length: count }, () =>
    defineSession({
      key: anything,
      value: anything,
      keyFn: () => null,
      lifetime: { idle: "1h" },
      // Time for a machine that is busy.
      timeout: "1m",
      driver,
    }).session(key),
  );
}

async function increment(count: unknown): Promise<number> {
  return (count as number) + 1;
}

async function incrementLater(count: unknown): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve));
  return increment(count);
}

/**
 * Tries a verb until it is not outrun by others. How fair a definition is to its rivals is no
 * matter of the driver.
 */
async function persist<Result>(verb: () => Result): Promise<Awaited<Result>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await verb();
    } catch (error) {
      const isConflict = error instanceof Error && error.name === "ConflictError";
      if (!isConflict || attempt === ATTEMPTS) throw error;
    }
  }
}

function upTo(count: number, base: number): number[] {
  return Array.from({ length: count }, (_, index) => base + index + 1);
}
