// Runs every check, stops at none, and ends with one summary. `node .ci/checks.ts tests types` runs
// some. The build comes first, because others need it. Then the tests run, and beside them the
// rest, one after another: the tests wait for servers more than they compute.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const report = "node_modules/.cache/zession-tests.json";
const checks: Record<string, string> = {
  build: "npm run --silent build",
  tests: `vitest run --reporter=default --reporter=json --outputFile.json=${report}`,
  format: "biome check --error-on-warnings",
  imports: "depcruise --config .dependency-cruiser.json src",
  typecheck: "node node_modules/typescript/bin/tsc -p tsconfig.json",
  types: "tsd",
  docs: "typedoc",
  package: "publint --strict",
};

// A signal that ends this program ends the checks that run.
const running = new Set<ChildProcess>();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.kill(process.pid, signal);
  });

/**
 * Runs a command and returns whether it passed. Prints its output as it comes, or only if it fails.
 */
function run(command: string, isShown: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(`exec ${command}`, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    const output: Buffer[] = [];
    const take = (chunk: Buffer): void => {
      if (isShown) process.stdout.write(chunk);
      else output.push(chunk);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("close", (code) => {
      running.delete(child);
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

/** The part of Vitest's report that is read. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Returns how many tests passed, and the names of those that failed. A file that cannot be run, or
 * a crash, is a failure.
 */
function readReport(passed: boolean): { readonly passed: number; readonly failed: string[] } {
  let result: Report;
  try {
    result = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: ["the tests ended without a report"] };
  }
  const failed = result.testResults
    .filter((file) => file.status === "failed")
    .flatMap((file) => {
      const tests = file.assertionResults.filter((it) => it.status === "failed");
      const names = tests.length > 0 ? tests.map((it) => it.fullName) : ["the file cannot be run"];
      return names.map((name) => `${file.name.replace(`${process.cwd()}/`, "")}: ${name}`);
    });
  if (!passed && failed.length === 0) failed.push("an error outside of the tests");
  return { passed: result.numPassedTests, failed };
}

const chosen = process.argv.slice(2);
const failed: string[] = [];
let passed = 0;
let tests: ReturnType<typeof readReport> | undefined;

/** Runs a check by its name, if it is chosen, and prints what came of it. */
async function check(name: string): Promise<void> {
  const command = checks[name];
  if (command === undefined || (chosen.length > 0 && !chosen.includes(name))) return;
  console.log(`...  ${name.padEnd(10)}          ${command}`);
  const started = performance.now();
  const isPassed = await run(command, name === "tests");
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${isPassed ? "ok  " : "FAIL"} ${name.padEnd(10)} ${seconds.padStart(5)} s`);
  if (isPassed) passed++;
  else failed.push(name);
  if (name === "tests") tests = readReport(isPassed);
}

async function checkInOrder(names: readonly string[]): Promise<void> {
  for (const name of names) await check(name);
}

rmSync(report, { force: true });
const [build = "", test = "", ...rest] = Object.keys(checks);
await check(build);
await Promise.all([check(test), checkInOrder(rest)]);
if (failed.length > 0) console.log(`\nfailed checks: ${failed.join(", ")}`);
for (const name of tests?.failed ?? []) console.log(`failed test: ${name}`);
console.log(`\nchecks: ${passed} passed, ${failed.length} failed`);
if (tests !== undefined) console.log(`${tests.passed} passed, ${tests.failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
