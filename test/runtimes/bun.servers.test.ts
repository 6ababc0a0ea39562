import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("on Bun, a WebSocket's session is read and written, and none is started (D7)", () => {
  const { status, stderr, stdout } = spawnSync("bun", ["test/runtimes/upgrade.mjs"], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const answers = ["1 2", "undefined ERR_SESSION_USAGE", "undefined ERR_SESSION_CROSS_ORIGIN"];
  expect(stdout.trim().split("\n")).toEqual(answers);
});
