import { defineSession } from "../define-session.ts";
import { anything, type DriverTest, equal, lives, type TestContext } from "./context.ts";

/** Races within one process. Each session handle belongs to a definition of its own, so that no queue hides the driver. */
export const concurrency: readonly DriverTest[] = [
  [
    "lets 32 first upserts leave 32 (C32)",
    async (context) => {
      const sessions = rivals(context, 4);
      await together(32, (i) => sessions[i % 4]?.upsert(1, increment));
      equal(await sessions[0]?.find(), 32, "found");
    },
  ],
  [
    "loses none of 8 × 200 upserts (C33)",
    async (context) => {
      const sessions = rivals(context, 8);
      await sessions[0]?.insert(0);
      await Promise.all(
        sessions.map(async (session) => {
          for (let i = 0; i < 200; i++) await session.upsert(1, increment);
        }),
      );
      equal(await sessions[0]?.find(), 1600, "found");
    },
  ],
  [
    "hands every swapped value out once (C34)",
    async (context) => {
      const sessions = rivals(context, 8);
      const previous: unknown[] = [];
      await Promise.all(
        sessions.map(async (session, s) => {
          for (let i = 0; i < 100; i++) previous.push(await session.swap(`${s}-${i}`));
        }),
      );
      previous.push(await sessions[0]?.find());
      equal(previous.length, 801, "values handed out");
      equal(new Set(previous).size, 801, "different values handed out");
    },
  ],
  [
    "lets exactly one of 32 writes of an absent record win (C35)",
    async ({ driver, newKey }) => {
      const key = newKey();
      const results = await together(32, (i) =>
        driver.write(key, `${i}`, { ...lives(), if: "absent" }),
      );
      equal(results.filter((result) => result.written).length, 1, "winners");
    },
  ],
  [
    "leaves a removed session removed, or started anew (C38)",
    async (context) => {
      const sessions = rivals(context, 8);
      await sessions[0]?.insert(100);
      const results = await together(9, (i) =>
        i === 4 ? sessions[i % 8]?.remove() : sessions[i % 8]?.upsert(1, increment),
      );
      equal(results[4], true, "removed");
      const counts = results.filter((result) => typeof result === "number").sort((a, b) => a - b);
      const anew = counts.filter((count) => count < 100);
      // In whatever order they took place, those before the removal counted on from 100, those after it from nothing.
      equal(
        counts.join(),
        [...upTo(anew.length, 0), ...upTo(8 - anew.length, 100)].join(),
        "counts",
      );
      equal((await sessions[0]?.find()) ?? 0, anew.length, "found");
    },
  ],
];

function rivals({ driver, newKey }: TestContext, count: number) {
  const key = newKey();
  return Array.from({ length: count }, () =>
    defineSession({ key: anything, value: anything, keyFn: () => null, driver }).session(key),
  );
}

async function increment(count: unknown): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve));
  return (count as number) + 1;
}

function together<Result>(
  count: number,
  start: (index: number) => Result,
): Promise<Awaited<Result>[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => start(index)));
}

function upTo(count: number, base: number): number[] {
  return Array.from({ length: count }, (_, index) => base + index + 1);
}
