// Explores more schedules than the tests do: `npm run explore -- [schedules] [seed]`.
import { memoryDriver } from "zession";
import { Exploring, exploreSeeds } from "./explore/explore.ts";
import { explorers } from "./explore/explorers.ts";

const [schedules = 200_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const each = Math.ceil(schedules / Object.keys(explorers).length);
console.log(`exploring ${schedules} schedules from seed ${seed}, ${each} of each kind`);
const rows: Record<string, object> = {};
for (const [name, { explorer, options }] of Object.entries(explorers)) {
  const started = performance.now();
  const exploring = new Exploring(explorer, () => memoryDriver(), options);
  const { counts, ...totals } = await exploreSeeds(exploring, each, seed, (done) => {
    if (done % 10_000 === 0) console.log(`${name}: ${done}`);
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  rows[name] = { ...totals, ...counts, wrong: 0, seconds };
}
console.table(rows);
