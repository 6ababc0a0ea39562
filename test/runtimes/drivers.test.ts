import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "zession-runtimes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...args: string[]) {
  const env = { ...process.env, ZESSION_TEST_FOLDER: folder, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env });
  return { status, output: `${stdout}${stderr}` };
}

/** Installs what is no package of every machine, and so not in the lock file. */
function install(name: string): void {
  const { status, output } = run("npm", "install", "--prefix", folder, "--no-save", name);
  expect(status, output).toBe(0);
}

it("the drivers do on Bun what they do on Node.js", () => {
  // Without the paths of ours, so that names mean what they mean in a user's program.
  const config = join(folder, "tsconfig.json");
  writeFileSync(config, "{}");
  const override = `--tsconfig-override=${config}`;
  const { status, output } = run(
    "node_modules/.bin/bun",
    "test",
    override,
    "./test/runtimes/drivers.mjs",
  );
  expect(output).toMatch(/^ \d\d+ pass\n 0 fail$/m);
  expect(status).toBe(0);
});

it("the drivers do on Deno what they do on Node.js", () => {
  install("deno@2.9.6");
  const args = ["test", "--allow-all", "--no-check", "test/runtimes/drivers.mjs"];
  const { status, output } = run(join(folder, "node_modules", ".bin", "deno"), ...args);
  expect(output).toMatch(/^ok \| 2 passed \(\d\d+ steps\) \| 0 failed/m);
  expect(status).toBe(0);
});

it("the drivers work on the oldest Node.js that the package allows", () => {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  const version = `${engines.node}.0`.replace(">=", "");
  const name = `node-${process.platform}-${process.arch}`;
  install(`${name}@${version}`);
  const node = join(folder, "node_modules", name, "bin", "node");
  expect(run(node, "--version").output).toBe(`v${version}\n`);
  const { status, output } = run(node, "--test", "test/runtimes/drivers.mjs");
  expect(output).toMatch(/^# pass \d\d+\n# fail 0$/m);
  expect(status).toBe(0);
});
