import { join } from "node:path";
import { serve } from "srvx";
import { afterAll, expect, inject, it } from "vitest";
import { eventually } from "./eventually.ts";
import { startExample } from "./example-server.ts";
import { makeFolder, removeFolder } from "./servers/leftovers.ts";

const { redis, postgres } = inject("servers");
const folder = makeFolder("examples");
afterAll(() => removeFolder(folder));

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

it("the count example takes everybody behind one proxy for one visitor", async () => {
  const { url, stop } = await startExample("count.ts");
  try {
    const counts: string[] = [];
    for (const address of ["198.51.100.1", "203.0.113.9"]) {
      const response = await fetch(url, { headers: { "x-forwarded-for": address } });
      counts.push(await response.text());
    }
    expect(counts).toEqual(["Sessioned count: 1", "Sessioned count: 2"]);
  } finally {
    await stop();
  }
});

it("a server that trusts X-Forwarded-For lets a client choose its session by address", async () => {
  const server = serve({
    fetch: (request) => new Response(request.ip),
    hostname: "127.0.0.1",
    port: 0,
    trustProxy: true,
    silent: true,
  });
  try {
    await server.ready();
    const headers = { "x-forwarded-for": "198.51.100.1" };
    expect(await (await fetch(server.url ?? "", { headers })).text()).toBe("198.51.100.1");
  } finally {
    await server.close(true);
  }
});

it("the cart of the README loses no item of a hundred at the same time", async () => {
  const { url, stop } = await startExample("cart.ts");
  try {
    expect(await (await fetch(url)).json()).toEqual({ items: [] });
    const first = await fetch(`${url}/items/0`, { method: "POST" });
    const headers = { cookie: first.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
    const items = Array.from({ length: 100 }, (_, i) => `${i}`);
    await Promise.all(
      items.slice(1).map((it) => fetch(`${url}/items/${it}`, { method: "POST", headers })),
    );
    const cart = (await (await fetch(url, { headers })).json()) as { items: string[] };
    expect(cart.items.toSorted((a, b) => Number(a) - Number(b))).toEqual(items);
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
