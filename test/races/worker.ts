// One of several processes that race for a session. Started by `Racers`; does one job after
// another: connects, says so, begins when it is told to, and sends its results.
import { once } from "node:events";
import { defineSession } from "zession";
import { z } from "zod";
import { connect } from "./engines.ts";
import type { Job } from "./racers.ts";

async function race({ engine, key, work, count, atOnce }: Job): Promise<unknown[]> {
  const { driver, close } = await connect(engine);
  const { session } = defineSession({
    name: "races",
    key: z.string(),
    value: z.union([z.number(), z.string()]),
    keyFn: () => null,
    driver,
    timeout: "100s",
  });
  const own = session(key);
  const works: Record<Job["work"], (i: number) => Promise<unknown>> = {
    upsert: () => own.upsert(1, async (n) => Number(n) + 1),
    swap: (i) => own.swap(`${process.pid}-${i}`),
    // What a program does that reads, thinks and writes.
    naive: async () => own.insert(Number((await own.find()) ?? 0) + 1),
  };
  await own.find();
  process.send?.("ready");
  await once(process, "message");
  const results: unknown[] = [];
  if (atOnce) {
    results.push(...(await Promise.all(Array.from({ length: count }, (_, i) => works[work](i)))));
  } else {
    for (let i = 0; i < count; i++) results.push(await works[work](i));
  }
  await close();
  return results;
}

for (;;) {
  const [job] = (await once(process, "message")) as [Job];
  process.send?.({ results: await race(job) });
}
