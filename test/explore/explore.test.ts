import { describe, expect, it } from "vitest";
import { memoryDriver } from "zession";
import { EveryChoice, minimise } from "./choices.ts";
import { Exploring, exploreSeeds } from "./explore.ts";
import { explorers } from "./explorers.ts";

/** `npm run explore` runs more. */
const SCHEDULES = 500;

describe("schedules chosen at random: nothing is revived, lost or doubled", () => {
  it.each(Object.keys(explorers))(
    "%s (S15, S19, S20, B21, B22, B23, B25, B29, D3, D13)",
    async (kind) => {
      const { explorer, options } = explorers[kind] as (typeof explorers)[string];
      const exploring = new Exploring(explorer, () => memoryDriver(), options);
      const { schedules, calls, faults } = await exploreSeeds(exploring, SCHEDULES, 1);
      expect(schedules).toBe(SCHEDULES);
      expect(calls).toBeGreaterThan(5 * SCHEDULES);
      expect(faults > 0).toBe(options.faults !== undefined);
    },
  );
});

describe("the explorer", () => {
  it("goes through every choice once", () => {
    const choices = new EveryChoice();
    const seen: string[] = [];
    do {
      const first = choices.pick(2);
      seen.push(first === 0 ? `0${choices.pick(3)}` : "1");
    } while (choices.next());
    expect(seen).toEqual(["00", "01", "02", "1"]);
  });

  it("finds a driver that writes over what others wrote, and shows the smallest schedule that proves it", async () => {
    const careless = () => {
      const driver = memoryDriver();
      const write = driver.write.bind(driver);
      return Object.assign(driver, {
        write: (key: string, text: string, options: Parameters<typeof write>[2]) => {
          const isChange = typeof options.if === "object";
          return write(key, text, isChange ? { ...options, if: "present" } : options);
        },
      });
    };
    for (const kind of ["keyed sessions", "sessions by cookie"]) {
      const { explorer, options } = explorers[kind] as (typeof explorers)[string];
      const exploring = new Exploring(explorer, careless, options);
      await expect(exploreSeeds(exploring, SCHEDULES, 1)).rejects.toThrow(/no order explains/);
    }
  });

  it("makes a list of choices as short and calm as it can", async () => {
    const fails = async (picks: readonly number[]) => picks.includes(7) && picks.at(-1) === 2;
    expect(await minimise([5, 7, 1, 9, 2], fails)).toEqual([7, 2]);
  });
});
