import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type Driver, defineSession, type Store, UnavailableError, type Written } from "zession";
import { type RedisDriverOptions, redisDriver } from "zession/drivers/redis";
import { z } from "zod";
import { eventually } from "../eventually.ts";
import { startProxy, type TcpProxy } from "../servers/proxy.ts";
import { type RedisServer, startRedisClusterOfOne } from "../servers/redis.ts";

interface Connected {
  readonly client: RedisDriverOptions["client"];
  readonly close: () => unknown;
}

/**
 * All with their default options. Clients of a cluster are told of the server's address, so they
 * need to be told the way.
 */
const clients: [name: string, connect: (url: string, server: RedisServer) => Promise<Connected>][] =
  [
    [
      "redis",
      async (url) => {
        const client = createClient({ url });
        client.on("error", () => {});
        await client.connect();
        return { client, close: () => client.destroy() };
      },
    ],
    [
      "ioredis",
      async (url) => {
        const client = new Redis(url);
        client.on("error", () => {});
        return { client, close: () => client.disconnect() };
      },
    ],
    [
      "redis, cluster",
      async (url, server) => {
        const client = createCluster({
          rootNodes: [{ url }],
          nodeAddressMap: { [`127.0.0.1:${server.port}`]: addressOf(url) },
        });
        client.on("error", () => {});
        await client.connect();
        return { client, close: () => client.destroy() };
      },
    ],
    [
      "ioredis, cluster",
      async (url, server) => {
        const address = addressOf(url);
        const natMap = { [`127.0.0.1:${server.port}`]: address };
        const client = new Cluster([address], { natMap });
        client.on("error", () => {});
        return { client, close: () => client.disconnect() };
      },
    ],
  ];

function addressOf(url: string): { host: string; port: number } {
  return { host: "127.0.0.1", port: Number(new URL(url).port) };
}

const profile = z.object({ visits: z.number(), message: z.string().optional() });
type Profile = z.infer<typeof profile>;

// Without a server these are left out, which the set-up has said; in CI it has failed.
describe.skipIf(!inject("servers").canStartRedis).each(clients)(
  "redisDriver behind a network that fails – %s",
  (_, connect) => {
    let server: RedisServer;
    let rivalClient: Redis;
    beforeAll(async () => {
      server = await startRedisClusterOfOne();
      rivalClient = new Redis(server.url);
    });
    afterAll(async () => {
      rivalClient?.disconnect();
      await server?.remove();
    });

    let proxy: TcpProxy;
    let connection: Connected;
    let driver: Driver;
    /** The driver of another process, whose network is good. */
    let rivals: Driver;
    let key: string;
    beforeEach(async () => {
      proxy = await startProxy(server.url);
      connection = await connect(proxy.url, server);
      driver = redisDriver({ client: connection.client });
      rivals = redisDriver({ client: rivalClient });
      key = crypto.randomUUID();
    });
    afterEach(async () => {
      await connection.close();
      await proxy.close();
    });

    const counts = (of: Driver, timeout = 10_000): Store<string, number> =>
      defineSession({ key: z.string(), value: z.number(), keyFn: () => null, driver: of, timeout })
        .store;
    const profiles = (of: Driver) =>
      defineSession({
        key: z.string(),
        value: profile,
        keyFn: () => null,
        driver: of,
        timeout: 10_000,
      }).store;

    /**
     * Loses the answer to the next request. Meanwhile, before a client can send it again, others go
     * on.
     */
    async function loseAnswer(meanwhile: () => Promise<unknown>): Promise<void> {
      await proxy.cutNext();
      proxy.hold();
      await meanwhile();
      proxy.resume();
    }

    it("applies an update once whose answer is lost before another's (S70, D12, C39)", async () => {
      const ours = counts(driver);
      const theirs = counts(rivals);
      await ours.insert(key, 0);
      let lost: Promise<void> | undefined;
      const updating = ours.update(key, (n) => {
        lost ??= loseAnswer(() => theirs.update(key, (it) => it + 1));
        return n + 1;
      });
      expect(await updating).toBe(1);
      await lost;
      expect(await theirs.find(key)).toBe(2);
    });

    it("hands each value out once where a swap's answer is lost before another's (D12)", async () => {
      const ours = counts(driver);
      const theirs = counts(rivals);
      await ours.insert(key, 1);
      let second: number | undefined;
      // The swap reads and then writes.
      const read = driver.read.bind(driver);
      let lost: Promise<void> | undefined;
      driver.read = async (it) => {
        const record = await read(it);
        lost ??= loseAnswer(async () => {
          second = await theirs.swap(key, 3);
        });
        return record;
      };
      expect(await ours.swap(key, 2)).toBe(1);
      await lost;
      expect(second).toBe(2);
      expect(await theirs.find(key)).toBe(3);
    });

    it("hands a flash message out whose take loses its answer before another's update (D12)", async () => {
      const ours = profiles(driver);
      const theirs = profiles(rivals);
      await ours.insert(key, { visits: 0, message: "saved" });
      const read = driver.read.bind(driver);
      let lost: Promise<void> | undefined;
      driver.read = async (it) => {
        const record = await read(it);
        const visit = (it: Profile): Profile => ({ ...it, visits: it.visits + 1 });
        lost ??= loseAnswer(() => theirs.update(key, visit));
        return record;
      };
      expect(await ours.take(key, "message")).toBe("saved");
      await lost;
      expect(await theirs.find(key)).toEqual({ visits: 1 });
    });

    it("inserts once, and brings nothing back that was removed before the answer came (D12)", async () => {
      const ours = counts(driver);
      const theirs = counts(rivals);
      await ours.insert(key, 0);
      for (const remove of [true, false]) {
        const lost = loseAnswer(() => (remove ? theirs.remove(key) : theirs.insert(key, 2)));
        expect(await ours.insert(key, 1)).toBe(1);
        await lost;
        expect(await theirs.find(key)).toBe(remove ? undefined : 2);
      }
    });

    it("removes once, and not what began before the answer came (D12)", async () => {
      const ours = counts(driver);
      const theirs = counts(rivals);
      await ours.insert(key, 0);
      const lost = loseAnswer(() => theirs.insert(key, 1));
      expect(await ours.remove(key)).toBe(true);
      await lost;
      expect(await theirs.find(key)).toBe(1);
    });

    it("touches once", async () => {
      const expiry = (minutes: number) => ({ expiresAt: minutes, ttl: minutes * 60_000 });
      await driver.write(key, "text", expiry(1));
      const lost = loseAnswer(async () => rivals.touch?.(key, expiry(3)));
      expect(await driver.touch?.(key, expiry(2))).toBe(true);
      await lost;
      expect(await driver.read(key)).toMatchObject({ text: "text", expiresAt: 3 });
    });

    it.each([
      ["holds everything back", () => proxy.hold()],
      [
        "is down, so that the client queues",
        () => {
          proxy.hold();
          proxy.cut();
        },
      ],
    ])(
      "carries nothing out whose caller was told that it failed, where the network %s (D13)",
      async (_, breakNetwork) => {
        const timeout = 300;
        const ours = counts(driver, timeout);
        const theirs = counts(rivals);
        await ours.insert("insert", 1);
        await ours.insert("remove", 1);
        await ours.remove("create");
        const minute = { expiresAt: 1, ttl: 60_000 };
        const { version } = (await driver.write(key, "text", minute)) as Written;

        breakNetwork();
        const verbs = Promise.allSettled([
          ours.insert("insert", 2),
          ours.insert("create", 2),
          ours.remove("remove"),
        ]);
        const calls = Promise.allSettled([
          driver.write(key, "late", { ...minute, timeout, if: { version } }),
          driver.touch?.(key, { expiresAt: 2, ttl: 60_000, timeout }),
        ]);
        for (const verb of await verbs)
          expect(verb).toMatchObject({ reason: expect.any(UnavailableError) });

        await theirs.remove("insert");
        await theirs.insert("create", 3);
        await theirs.insert("remove", 3);
        proxy.resume();
        // What was queued goes out before what comes after it.
        expect(await eventually(() => ours.find("create"))).toBe(3);
        expect(await calls).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
        expect(await theirs.find("insert")).toBeUndefined();
        expect(await theirs.find("remove")).toBe(3);
        expect(await rivals.read(key)).toEqual({ text: "text", version, expiresAt: 1 });
      },
    );
  },
);
