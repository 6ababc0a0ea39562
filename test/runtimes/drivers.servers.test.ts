import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";

const folder = makeFolder("runtimes");
afterAll(() => removeFolder(folder));

function run(command: string, ...args: string[]) {
  const env = { ...process.env, ZESSION_TEST_FOLDER: folder };
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env });
  return { status, output: `${stdout}${stderr}` };
}

it("the drivers do on Bun what they do on Node.js", () => {
  // Without the paths of ours, so that names mean what they mean in a user's program.
  const config = join(folder, "tsconfig.json");
  writeFileSync(config, "{}");
  // And with time for a machine that is busy.
  const options = [`--tsconfig-override=${config}`, "--timeout=60000"];
  const bun = "node_modules/.bin/bun";
  const { status, output } = run(bun, "test", ...options, "./test/runtimes/drivers.mjs");
  expect(output).toMatch(/^ \d\d+ pass\n 0 fail$/m);
  expect(status).toBe(0);
});

it("the drivers work on the oldest Node.js that the package allows", () => {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  const version = `${engines.node}.0`.replace(">=", "");
  const name = `node-${process.platform}-${process.arch}`;
  const installed = run("npm", "install", "--prefix", folder, "--no-save", `${name}@${version}`);
  expect(installed.status, installed.output).toBe(0);
  const node = join(folder, "node_modules", name, "bin", "node");
  expect(run(node, "--version").output).toBe(`v${version}\n`);
  const { status, output } = run(node, "--test", "test/runtimes/drivers.mjs");
  expect(output).toMatch(/^# pass \d\d+\n# fail 0$/m);
  expect(status).toBe(0);
});
