// Runs every check in order, stops at none, and ends with one summary. `node .ci/checks.ts unit types` runs some.
import { spawn } from "node:child_process";

const checks: Record<string, readonly string[]> = {
  format: ["biome check --error-on-warnings"],
  typecheck: ["node node_modules/typescript/bin/tsc -p tsconfig.json"],
  imports: ["depcruise --config .dependency-cruiser.json src"],
  build: ["npm run --silent build"],
  unit: ["vitest run"],
  types: ["tsd"],
  docs: ["typedoc"],
  package: ["publint --strict"],
};

interface Outcome {
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: string;
}

function run(command: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("close", (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      resolve({ passed: code === 0, output, seconds });
    });
  });
}

const chosen = process.argv.slice(2);
let failed = 0;
let passed = 0;
for (const [name, commands] of Object.entries(checks)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for (const command of commands) {
    const outcome = await run(command);
    console.log(
      `${outcome.passed ? "ok  " : "FAIL"} ${name.padEnd(10)} ${outcome.seconds.padStart(5)} s  ${command}`,
    );
    if (outcome.passed) {
      passed++;
      // The counts of the unit tests, so that one sees that they ran.
      if (name === "unit")
        console.log(outcome.output.match(/^.*(Test Files|Tests) .*$/gm)?.join("\n"));
    } else {
      failed++;
      console.log(outcome.output);
    }
  }
}
console.log(`\nchecks: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
