import { createHmac } from "node:crypto";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import { cookieKey, defineSession } from "zession";
import { z } from "zod";
import { byHand, type Verbs } from "../bench/lib/by-hand.ts";
import { median, medianRatio } from "../bench/lib/statistics.ts";
import { type Case, number, richCart, smallCart } from "../bench/lib/values.ts";

/** Rounds of one measurement. In each, both have their turn. */
const ROUNDS = 7;
/** How long a turn lasts at least, in microseconds of processor time. */
const TURN = 4_000;
/** How often a measurement is repeated before its ratio counts as too high. */
const ATTEMPTS = 8;

type Call = () => unknown;

/** Returns the microseconds of processor time that a call takes. */
async function timeOf(call: Call): Promise<number> {
  const started = process.cpuUsage();
  for (let calls = 0; ; ) {
    for (let i = 0; i < 100; i++) await call();
    calls += 100;
    const { system, user } = process.cpuUsage(started);
    if (user + system > TURN) return (user + system) / calls;
  }
}

/**
 * Expects that one call takes at most so many times the processor time of another. `npm run bench`
 * measures; this only notices what has become many times slower, also on a busy machine.
 */
async function expectRatio(ours: Call, peer: Call, limit: number): Promise<void> {
  const ratios: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const times: Record<"ours" | "peer", number[]> = { ours: [], peer: [] };
    for (let round = 0; round < ROUNDS; round++) {
      times.ours.push(await timeOf(ours));
      times.peer.push(await timeOf(peer));
    }
    ratios.push(medianRatio(times.ours, times.peer));
    if (Math.min(...ratios) <= limit) return;
  }
  expect.fail(`it takes ${median(ratios).toFixed(1)} times as long; the limit is ${limit}`);
}

describe("the cost, in processor time and beside the same by hand", () => {
  it("of a request that changes a session by a signed cookie is a few bare signatures", async () => {
    const secret = "a secret of at least thirty-two characters";
    const visits = defineSession({
      name: "visits",
      value: z.number().int(),
      keyFn: cookieKey({ secrets: [secret] }),
      lifetime: { idle: "30m" },
    });
    const count = async (headers: Headers): Promise<Response> => {
      const request = { method: "GET", headers } as Request & { visits?: never };
      await visits.middleware(request);
      await visits.of(request).upsert(1, (count) => count + 1);
      return visits.finalize({ headers: new Headers() } as Response, request);
    };
    const [line = ""] = (await count(new Headers())).headers.getSetCookie();
    const headers = new Headers({ cookie: line.split(";", 1)[0] ?? "" });
    let turn = 0;
    const sign = (): string => createHmac("sha256", secret).update(`${turn++}`).digest("base64url");
    await expectRatio(() => count(headers), sign, 20);
    await visits.close();
  });

  async function compare<Value>(
    { change, schema, value }: Case<Value>,
    json: Pick<typeof JSON, "parse" | "stringify">,
    limits: { readonly find: number; readonly upsert: number },
  ): Promise<void> {
    const definition = defineSession({
      key: z.string(),
      value: schema as never,
      keyFn: () => null,
    });
    const ours = definition.session("a") as unknown as Verbs<Value>;
    const peer = byHand(schema, json);
    for (const it of [ours, peer]) await it.insert(value);
    let turn = 0;
    const upsert = (it: Verbs<Value>): Call => {
      return () => it.upsert(value, (current) => change(current, ++turn));
    };
    await expectRatio(
      () => ours.find(),
      () => peer.find(),
      limits.find,
    );
    await expectRatio(upsert(ours), upsert(peer), limits.upsert);
    await definition.close();
  }

  it("of a number is a few times that of JSON and zod", () =>
    compare(number, JSON, { find: 9, upsert: 10 }));

  it("of a cart is hardly more than that of JSON and zod", () =>
    compare(smallCart, JSON, { find: 4, upsert: 5 }));

  it("of dates, sets and maps is that of superjson and zod to read, and less to write", () =>
    compare(richCart, superjson, { find: 2.5, upsert: 1 }));
});
