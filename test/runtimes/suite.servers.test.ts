import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProject, root } from "../package/installed.ts";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import { failures, type Worker, Workerd } from "./miniflare.ts";
import { chosenRuntimes } from "./runtimes.ts";

const project = makeFolder("suite");
beforeAll(() => {
  makeProject(project, ["zod"]);
  for (const file of ["sessions.mjs", "run-suite.mjs"])
    cpSync(join(root, "test/runtimes", file), join(project, file));
});
afterAll(() => removeFolder(project));

it.concurrent.each(chosenRuntimes())(
  "sessions, and the drivers for files and memory, work on $title",
  async ({ title, program, args }) => {
    const all = [...args, "run-suite.mjs", join(project, `${title}.db`)];
    const { stdout } = await promisify(execFile)(program(), all, { cwd: project });
    const { passed, failed } = JSON.parse(stdout);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(100);
  },
);

describe.each([[[]], [["nodejs_compat"]]])("on workerd, flags %j", (compatibilityFlags) => {
  const workerd = new Workerd();
  let worker: Worker;
  beforeAll(async () => {
    await workerd.install();
    worker = await workerd.start("memory.mjs", { compatibilityFlags });
  }, 120_000);
  afterAll(() => worker.dispose());

  it("sessions, and the driver for memory, work", async () => {
    expect(await failures(worker)).toEqual([]);
  });
});
