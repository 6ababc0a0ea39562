// Explores more schedules than the tests do, and all orders of two tabs: `npm run explore --
// [schedules] [seed]`.
import { memoryDriver } from "zession";
import { Exploring, exploreSeeds } from "./explore/explore.ts";
import { explorers } from "./explore/explorers.ts";
import {
  exploreAll,
  pages,
  signIn,
  signIns,
  signOuts,
  twoTabs,
  write,
} from "./explore/two-tabs.ts";

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

const tabs: Record<string, object> = {};
for (const [kind, ones, others] of [
  ["sign-in and page", signIns, pages],
  ["sign-in and sign-in", signIns, signIns],
  ["sign-out and any", signOuts, { ...signIns, ...pages, ...signOuts }],
] as const) {
  const started = performance.now();
  let orders = 0;
  for (const first of Object.values(ones)) {
    for (const second of Object.values(others)) {
      for (const oneProcess of [false, true]) {
        const explorer = twoTabs({ first, second, oneProcess });
        const options = { slowAnswers: false };
        orders += await exploreAll(new Exploring(explorer, () => memoryDriver(), options));
      }
    }
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  tabs[kind] = { "orders, all there are": orders, wrong: 0, seconds };
}
// Answers that are on their way for a while multiply the orders, so these are of one pair.
const explorer = twoTabs({ first: signIn, second: write, oneProcess: false });
const orders = await exploreAll(new Exploring(explorer, () => memoryDriver(), {}));
tabs["signs in and writes, slow answers"] = { "orders, all there are": orders, wrong: 0 };
console.table(tabs);
