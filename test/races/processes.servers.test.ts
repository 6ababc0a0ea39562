import { join } from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import { startMariadb } from "../servers/mariadb.ts";
import { requireProgram } from "../servers/programs.ts";
import type { Engine } from "./engines.ts";
import { expectAllOpen } from "./expect-all-open.ts";
import { Racers } from "./racers.ts";

const { redis, redisCluster, postgres } = inject("servers");
const folder = makeFolder("race");
// A process takes longer to start than to race.
const racers = new Racers(8);
// Without a server it is left out; in CI it has failed.
const mariadb = requireProgram("mariadbd") ? await startMariadb() : undefined;
afterAll(async () => {
  racers.stop();
  await mariadb?.remove();
  removeFolder(folder);
});

const engines: Engine[] = [
  { kind: "sqlite", filename: join(folder, "race.db") },
  { kind: "postgres", url: postgres },
];
if (mariadb !== undefined) engines.push({ kind: "mysql", url: mariadb.url });
// Without a server these are left out, which the set-up has said; in CI it has failed.
if (redis !== undefined) engines.push({ kind: "redis", url: redis });
if (redisCluster !== undefined) engines.push({ kind: "redis-cluster", nodes: [...redisCluster] });

describe.each(engines.map((it) => [it.kind, it] as const))("processes – %s", (_, engine) => {
  it("8 that count to 200 leave 1,600, and no count is given twice (C33, S34)", async () => {
    const { results, stored } = await racers.race({ engine, work: "upsert", count: 200 });
    expect(stored).toBe(1600);
    expect(new Set(results).size).toBe(1600);
  });

  it("8 that start a session with 4 upserts each, all at once, leave 32 (C32, S35)", async () => {
    const { results, stored } = await racers.race({
      engine,
      work: "upsert",
      count: 4,
      atOnce: true,
    });
    expect(stored).toBe(32);
    expect(results.map(Number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 32 }, (_, i) => i + 1),
    );
  });

  it("8 that swap are handed each value out once (C34, S36)", async () => {
    const { results, stored } = await racers.race({ engine, work: "swap", count: 25 });
    const values = [...results.filter((it) => it !== undefined && it !== null), stored];
    expect(values).toHaveLength(200);
    expect(new Set(values).size).toBe(200);
  });
});

it("8 processes that open a new SQLite file at the same moment all can (S34)", async () => {
  await expectAllOpen(process.execPath, ["test/races/opener.ts"], folder, 2000);
});
