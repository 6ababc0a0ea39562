// One of several processes that race for a session. Started by `race` with its job; begins when it is told to.
import { defineSession } from "zession";
import { z } from "zod";
import { connect } from "./engines.ts";
import type { Job } from "./race.ts";

const job = JSON.parse(process.argv[2] ?? "") as Job & { worker: number };
const { driver, close } = await connect(job.engine);
const { session } = defineSession({
  name: "races",
  key: z.string(),
  value: z.union([z.number(), z.string()]),
  keyFn: () => null,
  driver,
  timeout: "30s",
});
const own = session(job.key);
await own.find();

const works: Record<Job["work"], (i: number) => Promise<unknown>> = {
  upsert: () => own.upsert(1, async (n) => Number(n) + 1),
  swap: (i) => own.swap(`${job.worker}-${i}`),
  // What a program does that reads, thinks and writes.
  naive: async () => own.insert(Number((await own.find()) ?? 0) + 1),
};

process.send?.("ready");
await new Promise((resolve) => process.once("message", resolve));
const results: unknown[] = [];
if (job.atOnce) {
  results.push(
    ...(await Promise.all(Array.from({ length: job.count }, (_, i) => works[job.work](i)))),
  );
} else {
  for (let i = 0; i < job.count; i++) results.push(await works[job.work](i));
}
process.send?.({ results });
await close();
process.disconnect?.();
