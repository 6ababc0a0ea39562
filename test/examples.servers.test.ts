import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, inject, it } from "vitest";
import { eventually } from "./eventually.ts";
import { startExample } from "./example-server.ts";

const { redis, postgres } = inject("servers");
const folder = mkdtempSync(join(tmpdir(), "zession-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("the count example counts, prints the hits of an address and knows no other page", async () => {
  const { url, output, stop } = await startExample("count.ts");
  try {
    expect((await fetch(`${url}/other`)).status).toBe(404);
    for (const count of [1, 2, 3]) {
      expect(await (await fetch(url)).text()).toBe(`Sessioned count: ${count}`);
    }
    await eventually(() => expect(output()).toContain("3 hits from 127.0.0.1"));
  } finally {
    await stop();
  }
});

const environments: [driver: string, env: Record<string, string>][] = [
  ["sqlite", { SQLITE_FILE: join(folder, "count.db") }],
  ["postgres", { DATABASE_URL: postgres }],
];
// Without a server it is left out, which the set-up has said; in CI it has failed.
if (redis !== undefined) environments.push(["redis", { REDIS_URL: redis }]);

it.each(environments)(
  "the count example goes on counting after a restart, with --driver %s",
  async (driver, env) => {
    let last = 0;
    for (let start = 0; start < 2; start++) {
      const { url, stop } = await startExample("count.ts", ["--driver", driver], env);
      try {
        for (let hit = 0; hit < 2; hit++) {
          const count = Number((await (await fetch(url)).text()).replace("Sessioned count: ", ""));
          expect(count).toBe(last + 1);
          last = count;
        }
      } finally {
        await stop();
      }
    }
  },
);
