import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** Runs a module of this folder on Bun. Returns the lines that it prints. */
function run(module: string): string[] {
  const { status, stderr, stdout } = spawnSync("bun", [`test/runtimes/${module}`], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return stdout.trim().split("\n");
}

it("on Bun, a WebSocket's session is read and written, and none is started (D7)", () => {
  const answers = ["1 2", "undefined ERR_SESSION_USAGE", "undefined ERR_SESSION_CROSS_ORIGIN"];
  expect(run("upgrade.mjs")).toEqual(answers);
});

it("on Bun, a text is a text with a cookie too, and no client gets the cookie of another", () => {
  expect(run("text.mjs")).toEqual([
    "text 1 text/plain;charset=utf-8 1",
    "elysia 1 text/plain;charset=utf-8 1",
    "shared shared text/plain;charset=utf-8 1",
    "shared shared text/plain;charset=utf-8 1",
    "bytes 1 application/octet-stream 1",
    "stream 1 null 1",
  ]);
});
