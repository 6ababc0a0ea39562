import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

it("the drivers do on Bun what they do on Node.js", () => {
  const folder = mkdtempSync(join(tmpdir(), "zession-bun-"));
  try {
    // Without the paths of ours, so that names mean what they mean in a user's program.
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, "{}");
    const { status, stderr } = spawnSync(
      "node_modules/.bin/bun",
      ["test", `--tsconfig-override=${config}`, "./test/runtimes/drivers.bun.ts"],
      { encoding: "utf8", env: { ...process.env, ZESSION_TEST_FOLDER: folder } },
    );
    expect(stderr).toMatch(/^ \d\d+ pass\n 0 fail$/m);
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
