import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { makeProject, root } from "../package/installed.ts";
import { deno } from "../runtimes/runtimes.ts";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import type { Engine } from "./engines.ts";
import { expectAllOpen } from "./expect-all-open.ts";
import { Racers } from "./racers.ts";

const { redis, postgres } = inject("servers");
const project = makeFolder("race-deno");
let racers: Racers | undefined;
beforeAll(() => {
  makeProject(project, ["zod", "ioredis", "mysql2", "pg"]);
  racers = new Racers(8, { runtime: deno, project });
}, 120_000);
afterAll(() => {
  racers?.stop();
  removeFolder(project);
});

const engines: Engine[] = [
  { kind: "sqlite", filename: join(project, "race.db") },
  { kind: "postgres", url: postgres },
];
if (redis !== undefined) engines.push({ kind: "redis", url: redis });

describe.each(engines.map((it) => [it.kind, it] as const))(
  "processes of Deno – %s",
  (_, engine) => {
    it("8 that count to 50 leave 400, and no count is given twice (C33, S34)", async () => {
      const finish = await racers?.race({ engine, work: "upsert", count: 50 });
      expect(finish?.stored).toBe(400);
      expect(new Set(finish?.results).size).toBe(400);
    });
  },
);

// Deno 2.9 gives the errors of `DatabaseSync.exec` no code, by which a locked file is told.
it("8 processes of Deno that open a new SQLite file at the same moment all can (S34)", async () => {
  cpSync(join(root, "test/races/opener.ts"), join(project, "opener.ts"));
  await expectAllOpen(deno.program(), [...deno.args, "opener.ts"], project, 4000, project);
});
