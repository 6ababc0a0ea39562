import { describe, expect, it } from "vitest";
import { cookieKey, defineSession, memoryDriver, SessionEndedError } from "zession";
import { z } from "zod";
import { late } from "../late.ts";
import {
  type Call,
  CallLog,
  type Counted,
  count,
  isLinearizable,
  type Model,
} from "../races/linearizable.ts";
import { drivers, type NamedDriver } from "./drivers.ts";

const racing: NamedDriver[] = [...drivers];
if (drivers.some(([name]) => name === "memory"))
  racing.push(["memory, answering late", () => late(memoryDriver())]);

describe.each(racing)("races – %s", (_, make) => {
  const increment = async (n: number) => n + 1;

  it.each([1, 2, 3, 4, 5])("removing among eight writers (C38, B23), round %d", async () => {
    const driver = make();
    const key = crypto.randomUUID();
    // Each writer's definition has a queue of its own, as each process would.
    const sessions = Array.from({ length: 8 }, () =>
      defineSession({
        name: "race",
        key: z.string(),
        value: z.number(),
        keyFn: () => null,
        driver,
      }).session(key),
    );
    const log = new CallLog<Counted>();
    await Promise.all(
      sessions.map(async (session, writer) => {
        for (let i = 0; i < 3; i++) {
          await log.call(async () => ({
            verb: "upsert",
            gave: await session.upsert(1, increment),
          }));
          if (writer % 4 === i)
            await log.call(async () => ({ verb: "remove", gave: await session.remove() }));
          if (writer % 2 === 0)
            await log.call(async () => ({ verb: "find", gave: await session.find() }));
        }
      }),
    );
    expect(log.calls.length).toBeGreaterThan(35);
    expect(isLinearizable(log.calls, null, count)).toBe(true);
  });

  type Ended = { verb: "rotate" | "update" | "remove"; gave: number | boolean | "ended" };
  /**
   * A session by its old token: until it is rotated or removed it can be updated, and afterwards
   * nothing can.
   */
  const token: Model<number | null, Ended> = (state, { verb, gave }) => {
    if (state === null) return gave === "ended" || gave === false ? [null] : [];
    if (verb === "update") return gave === state + 1 ? [state + 1] : [];
    return gave === true ? [null] : [];
  };

  it.each([1, 2, 3, 4, 5])(
    "rotating, removing and updating at once (S15, S19), round %d",
    async (round) => {
      const driver = make();
      const define = () =>
        defineSession({
          name: "race",
          key: z.string(),
          value: z.number(),
          keyFn: cookieKey(),
          driver,
        });
      const first = define();
      const request = new Request("https://shop.example");
      await (await first.fromRequest(request)).insert(0);
      const [cookie = ""] = (
        first.finalize(new Response(), request).headers.get("set-cookie") ?? ""
      ).split(";");
      const sessions = await Promise.all(
        Array.from({ length: 9 }, () =>
          define().fromRequest(new Request("https://shop.example", { headers: { cookie } })),
        ),
      );
      await Promise.all(sessions.map((it) => it.find()));
      const log = new CallLog<Ended>();
      const orEnded = <Result>(running: Promise<Result>) =>
        running.catch((error: unknown) => {
          if (error instanceof SessionEndedError) return "ended" as const;
          throw error;
        });
      const winners: (typeof sessions)[number][] = [];
      await Promise.all(
        sessions.map(async (session, i) => {
          const verb = i % 3 === 0 ? "rotate" : i % 3 === 1 ? "update" : "remove";
          // In some rounds nobody removes, so that one of the rotations wins.
          if (verb === "remove" && round % 2 === 1) return;
          await log.call(async () => {
            if (verb === "update")
              return { verb, gave: (await orEnded(session.update(increment))) as number | "ended" };
            if (verb === "remove") return { verb, gave: await session.remove() };
            const gave = await orEnded(session.rotate().then(() => true));
            if (gave === true) winners.push(session);
            return { verb, gave };
          });
        }),
      );
      expect(isLinearizable(log.calls, 0, token)).toBe(true);
      expect(winners.length).toBe(round % 2 === 1 ? 1 : winners.length & 1);
      // The old token opens nothing, and the winner's session has every update that took place.
      const old = await first.fromRequest(
        new Request("https://shop.example", { headers: { cookie } }),
      );
      expect(await old.find()).toBeUndefined();
      const updates = log.calls.filter(
        (it) => it.outcome.verb === "update" && it.outcome.gave !== "ended",
      );
      if (winners[0] !== undefined) expect(await winners[0].find()).toBe(updates.length);
    },
  );

  /** Six handles of one session touch and find it until it has expired. Returns what they saw. */
  async function expire(idle: number): Promise<Call<{ gave: boolean }>[]> {
    const driver = make();
    const key = crypto.randomUUID();
    const sessions = Array.from({ length: 6 }, () =>
      defineSession({
        name: "race",
        key: z.string(),
        value: z.number(),
        keyFn: () => null,
        lifetime: { idle },
        driver,
      }).session(key),
    );
    await sessions[0]?.insert(1);
    const log = new CallLog<{ gave: boolean }>();
    await Promise.all(
      sessions.map(async (session, i) => {
        for (let turn = 0; turn < 12; turn++) {
          await new Promise((resolve) => setTimeout(resolve, (idle * (20 + i * 7)) / 40));
          await log.call(async () => ({
            gave: i % 2 === 0 ? await session.touch() : (await session.find()) !== undefined,
          }));
        }
      }),
    );
    return log.calls;
  }

  it("expiring while it is touched (B25): once over, it is over", async () => {
    const model: Model<boolean, { gave: boolean }> = (live, { gave }) =>
      live ? [gave] : gave ? [] : [false];
    // A touch that a busy machine holds up may move the end back, or reach the store after it.
    for (let idle = 40; ; idle *= 2) {
      const calls = await expire(idle);
      if (calls.some((it) => it.end - it.start > idle / 8)) continue;
      expect(isLinearizable(calls, true, model)).toBe(true);
      return;
    }
  });
});
