import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import pg from "pg";
import postgres from "postgres";
import { createClient } from "redis";
import { afterAll, afterEach, describe, expect, inject, it } from "vitest";
import {
  cookieKey,
  type Driver,
  defineSession,
  type SessionRequest,
  UnavailableError,
} from "zession";
import { mysqlDriver } from "zession/drivers/mysql";
import { postgresDriver } from "zession/drivers/postgres";
import { redisDriver } from "zession/drivers/redis";
import { z } from "zod";
import { eventually } from "../eventually.ts";
import { startMariadb } from "../servers/mariadb.ts";
import { requireProgram } from "../servers/programs.ts";
import { startProxy, type TcpProxy } from "../servers/proxy.ts";

const servers = inject("servers");
const mariadb = requireProgram("mariadbd") ? await startMariadb() : undefined;
afterAll(() => mariadb?.remove());

interface Connected {
  readonly driver: Driver;
  close(): Promise<unknown> | unknown;
}

/**
 * Each with the option that the guide gives for connections that fall silent, where the client has
 * one.
 */
const clients: [
  name: string,
  server: string | undefined,
  connect: (url: string) => Promise<Connected>,
][] = [
  [
    "redis",
    servers.redis,
    async (url) => {
      const client = createClient({ url });
      client.on("error", () => {});
      await client.connect();
      return { driver: redisDriver({ client }), close: () => client.destroy() };
    },
  ],
  [
    "ioredis",
    servers.redis,
    async (url) => {
      const client = new Redis(url, { socketTimeout: 1000 });
      client.on("error", () => {});
      return { driver: redisDriver({ client }), close: () => client.disconnect() };
    },
  ],
  [
    "pg",
    servers.postgres,
    async (url) => {
      const pool = new pg.Pool({ connectionString: url, max: 2, query_timeout: 1000 });
      pool.on("error", () => {});
      const driver = postgresDriver({ pool, table: "network" });
      await driver.migrate();
      return { driver, close: () => pool.end() };
    },
  ],
  [
    "postgres",
    servers.postgres,
    async (url) => {
      // Its look-up of types may be on its way when it is closed, and then fails with nobody to
      // hear it.
      const pool = postgres(url, { max: 2, onnotice: () => {}, fetch_types: false });
      const driver = postgresDriver({ pool, table: "network" });
      await driver.migrate();
      return { driver, close: () => pool.end({ timeout: 0 }) };
    },
  ],
  [
    "mysql2",
    mariadb?.url,
    async (url) => {
      const pool = mysql.createPool({ uri: url, connectionLimit: 2 });
      const driver = mysqlDriver({ pool, table: "network" });
      await driver.migrate();
      // A connection that the network has cut is no failure of closing it.
      return { driver, close: () => pool.end().catch(() => {}) };
    },
  ],
];

const TIMEOUT = 300;

// Without a server these are left out, which the set-up has said; in CI it has failed.
describe.each(clients)("a network that fails – %s", (name, server, connect) => {
  const closing: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function open(): Promise<{ proxy: TcpProxy; driver: Driver }> {
    const proxy = await startProxy(server ?? "");
    const { driver, close } = await connect(proxy.url);
    // The network first: a client waits for connections that are held.
    closing.push(() => proxy.close(), close);
    return { proxy, driver };
  }

  it.skipIf(server === undefined)(
    "an update whose reply is lost takes place once at most, also where the client sends it again (C39)",
    async () => {
      const { proxy, driver } = await open();
      const count = counter(driver, 2000);
      await count.insert(0);
      let last = 0;
      for (let i = 0; i < 20; i++) {
        // The package postgres sends a statement in two parts.
        const update = count.update((n) => {
          proxy.cutNext(i % 2);
          return n + 1;
        });
        const [updated] = await Promise.allSettled([update]);
        const stored = await eventually(() => count.find());
        if (updated.status === "fulfilled")
          expect([updated.value, stored]).toEqual([last + 1, last + 1]);
        else expect(updated.reason).toBeInstanceOf(UnavailableError);
        expect([last, last + 1]).toContain(stored);
        last = stored ?? Number.NaN;
      }
      expect(last).toBeGreaterThanOrEqual(10);
    },
  );

  it.skipIf(server === undefined)(
    "fails in time while nothing gets through, takes no visitor for nobody and goes on afterwards (S67, S69, D9)",
    async () => {
      const { proxy, driver } = await open();
      const users = defineSession({
        key: z.string(),
        value: z.object({ user: z.string() }),
        keyFn: cookieKey({ secure: false }),
        driver,
        timeout: TIMEOUT,
      });
      type Visit = SessionRequest<typeof users>;
      const ask = (cookie: string, work: (request: Visit) => Promise<unknown>) =>
        users.wrap(async (request) => Response.json((await work(request)) ?? null))(
          new Request("http://localhost/", { headers: { cookie } }),
        );
      // Its time is short, and the machine may be busy.
      const signedIn = await eventually(() =>
        ask("", async (request) => {
          await request.session.insert({ user: "ada" });
        }),
      );
      const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      const whoIs = () => ask(cookie, async (request) => (await request.session.find())?.user);
      await eventually(async () => expect(await (await whoIs()).json()).toBe("ada"));

      proxy.hold();
      const started = performance.now();
      const verbs: [(request: Visit) => Promise<unknown>, cookies: unknown[]][] = [
        [(request) => request.session.find(), []],
        [(request) => request.session.insert({ user: "eve" }), []],
        [(request) => request.session.rotate(), []],
        // Who signs out is signed out in the browser at least.
        [(request) => request.session.remove(), [expect.stringContaining("Max-Age=0")]],
      ];
      for (const [verb, cookies] of verbs) {
        await expect(ask(cookie, verb)).rejects.toBeInstanceOf(UnavailableError);
        const caught = await ask(cookie, (request) => verb(request).catch(() => "down"));
        expect(await caught.json()).toBe("down");
        expect(caught.headers.getSetCookie()).toEqual(cookies);
      }
      // Each is one call of the driver that is given up; a clock of the machine's own needs room.
      expect(performance.now() - started).toBeLessThan(2 * verbs.length * TIMEOUT + 2000);

      proxy.resume();
      await eventually(async () => expect((await whoIs()).status).toBe(200));
    },
  );

  // The packages redis, postgres and mysql2 have no such option: they wait until the machine gives
  // the connection up.
  it.skipIf(server === undefined || !["ioredis", "pg"].includes(name))(
    "finds its server again where no connection of before ever says a word (S67)",
    async () => {
      const { proxy, driver } = await open();
      const count = counter(driver, TIMEOUT);
      await eventually(() => count.insert(1));
      proxy.hold();
      const reads = Promise.allSettled(Array.from({ length: 4 }, () => count.find()));
      for (const read of await reads)
        expect(read).toMatchObject({ reason: expect.any(UnavailableError) });
      proxy.resumeAnew();
      expect(await eventually(() => count.find())).toBe(1);
    },
  );
});

function counter(driver: Driver, timeout: number) {
  const { session } = defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: () => null,
    driver,
    timeout,
  });
  return session(crypto.randomUUID());
}
