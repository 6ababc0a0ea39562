import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Driver, DriverRecord, DriverVersion, WriteCondition } from "zession";
import { type IoRedisClient, redisDriver } from "zession/drivers/redis";

const { redis: url } = inject("servers");

/** What the server says to one delivery of a call. */
type Deliver = () => Promise<string>;

/** A driver, and what it last sent to the server. */
interface Recorded {
  readonly driver: Driver;
  /** What the server said to it. */
  outcome: string;
  /** Delivers it once more, as a client does whose answer was lost. */
  again: Deliver;
}

/** A call of a driver's. `id` tells its text and its end from those of other calls. */
interface Call {
  readonly id: number;
  readonly what: "write" | "touch" | "remove";
  readonly condition: WriteCondition | undefined;
  isDone: boolean;
}

const minute = (id: number) => ({ expiresAt: id, ttl: 60_000 });

async function make(driver: Driver, key: string, { id, what, condition }: Call): Promise<void> {
  if (what === "remove") await driver.remove(key);
  else if (what === "write") await driver.write(key, `${id}`, { ...minute(id), if: condition });
  else {
    const version = typeof condition === "object" ? condition : undefined;
    await driver.touch?.(key, { ...minute(id), if: version });
  }
}

/**
 * What should be there after one delivery of a call. Marks the call done if this delivery carries
 * it out.
 */
function expected(
  record: DriverRecord | undefined,
  call: Call,
  version: DriverVersion,
): typeof record {
  if (call.isDone || !holds(record, call)) return record;
  call.isDone = true;
  if (call.what === "remove") return undefined;
  if (call.what === "touch") return record && { ...record, expiresAt: call.id };
  return { text: `${call.id}`, version, expiresAt: call.id };
}

function holds(record: DriverRecord | undefined, { what, condition }: Call): boolean {
  if (typeof condition === "object" && what !== "remove")
    return record?.version === condition.version;
  if (what !== "write" || condition === "present") return record !== undefined;
  return condition === undefined || record === undefined;
}

// Without a server these are left out, which the set-up has said; in CI it has failed.
describe.skipIf(url === undefined)("redisDriver, whose calls reach the server repeatedly", () => {
  let client: Redis;
  beforeAll(() => {
    client = new Redis(url ?? "");
  });
  afterAll(() => client?.disconnect());

  function recorded(): Recorded {
    const record = async (send: () => Promise<unknown>): Promise<unknown> => {
      const answer = (await send()) as unknown[];
      own.outcome = `${answer[0]}`;
      own.again = async () => `${((await send()) as unknown[])[0]}`;
      return answer;
    };
    const driver = redisDriver({
      client: {
        get: (key) => client.get(key),
        evalsha: (...args: Parameters<IoRedisClient["evalsha"]>) =>
          record(() => client.evalsha(...args)),
        eval: (...args: Parameters<IoRedisClient["eval"]>) => record(() => client.eval(...args)),
      },
    });
    const own: Recorded = { driver, outcome: "", again: async () => "" };
    return own;
  }

  it("carries each call out once and tells what it did, whatever happens in between (D12)", async () => {
    const step = fc.record({
      writer: fc.nat(1),
      what: fc.constantFrom("write", "write", "touch", "remove"),
      condition: fc.constantFrom(undefined, "absent", "present", "version"),
      /** Which of the calls so far are then delivered again. */
      again: fc.array(fc.nat(), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const writers = [recorded(), recorded()];
        const key = crypto.randomUUID();
        const made: { call: Call; again: Deliver }[] = [];
        let record: DriverRecord | undefined;
        const check = async (call: Call, outcome: string): Promise<void> => {
          const found = await writers[0]?.driver.read(key);
          record = expected(record, call, found?.version ?? "");
          expect(found).toEqual(record);
          expect(outcome).toBe(call.isDone ? "done" : "refused");
        };
        for (const [id, { writer, what, condition, again }] of steps.entries()) {
          const own = writers[writer] as Recorded;
          const isVersion = condition === "version";
          const call: Call = {
            id,
            what,
            condition: isVersion ? { version: record?.version ?? "" } : condition,
            isDone: false,
          };
          await make(own.driver, key, call);
          await check(call, own.outcome);
          made.push({ call, again: own.again });
          for (const index of again) {
            const { call, again } = made[index % made.length] as (typeof made)[0];
            await check(call, await again());
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("tells what a call did after fifteen more of the same driver (D12)", async () => {
    const own = recorded();
    const key = crypto.randomUUID();
    await own.driver.write(key, "first", minute(1));
    const { again } = own;
    for (let i = 0; i < 15; i++) await own.driver.write(key, `${i}`, minute(1));
    expect(await again()).toBe("done");
    expect((await own.driver.read(key))?.text).toBe("14");
  });

  it("carries nothing out that is delivered too often to tell", async () => {
    const own = recorded();
    const key = crypto.randomUUID();
    await own.driver.write(key, "first", minute(1));
    const { again } = own;
    for (let i = 0; i < 100; i++) await own.driver.write(key, `${i}`, minute(1));
    expect(await again()).toBe("late");
    expect((await own.driver.read(key))?.text).toBe("99");
    expect((await client.get(`zession:${key}`))?.length).toBeLessThan(250);
  });

  it("leaves of a removed record what tells repeated calls apart, until their time is over", async () => {
    const { driver } = recorded();
    const key = crypto.randomUUID();
    await driver.write(key, "text", { ...minute(1), timeout: 1000 });
    await driver.remove(key, { timeout: 2000 });
    expect(await driver.read(key)).toBeUndefined();
    const left = await client.pttl(`zession:${key}`);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(2001);
  });
});

describe.skipIf(url === undefined)("redisDriver, whose servers' clocks are wrong", () => {
  it.each([
    ["nodes of a cluster by an hour", [0, -3_600_000, 0, -3_600_000]],
    ["a clock that is set back", [0, 0, -3_600_000, -3_600_000]],
    ["a clock that is not set at all", [-1e12, -1e12]],
    ["a clock in the far future", [1e12, 1e12]],
    ["nodes that differ by less than a call may take", [0, 2000, 0, 2000, -200, 2000]],
  ])("writes all the same: %s", async (_, skews) => {
    const client = new Redis(url ?? "");
    try {
      let skew = 0;
      // The script itself is sent each time, with a clock that goes wrong by so many milliseconds.
      const time = "redis.call('TIME')";
      const driver = redisDriver({
        client: {
          get: (key) => client.get(key),
          evalsha: async () => Promise.reject(new Error("NOSCRIPT")),
          eval: (...[script, keys, ...rest]: Parameters<IoRedisClient["eval"]>) => {
            expect(script).toContain(time);
            const wrong = `{${time}[1] + ${skew / 1000}, 0}`;
            return client.eval(script.replace(time, wrong), keys, ...rest);
          },
        },
      });
      for (const next of skews) {
        skew = next;
        const key = crypto.randomUUID();
        const written = await driver.write(key, "text", { ...minute(1), timeout: 5000 });
        expect(written.written).toBe(true);
        expect(await driver.remove(key, { timeout: 5000 })).toBe(true);
      }
    } finally {
      client.disconnect();
    }
  });
});
