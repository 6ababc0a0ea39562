// Runs what sessions promise, and the driver suite on SQLite and in memory, on any runtime that has
// files. Prints how many tests passed, and what failed: `{ passed, failed }`.
import process from "node:process";
import { memoryDriver } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { describeDriver } from "zession/testing";
import { sessions } from "./sessions.mjs";

const tests = Object.entries(sessions);
const runner = { describe: (_, define) => define(), it: (...test) => tests.push(test) };
describeDriver("sqlite", () => sqliteDriver({ filename: process.argv[2] }), runner);
describeDriver("memory", () => memoryDriver(), runner);

let passed = 0;
const failed = [];
for (const [title, run] of tests) {
  try {
    await run();
    passed++;
  } catch (error) {
    failed.push(`${title}: ${error.stack}`);
  }
}
console.log(JSON.stringify({ passed, failed }));
