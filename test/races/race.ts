import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { defineSession } from "zession";
import { z } from "zod";
import { connect, type Engine } from "./engines.ts";

/** What each process of a race does. */
export interface Job {
  readonly engine: Engine;
  readonly key: string;
  readonly work: "upsert" | "swap" | "naive";
  readonly count: number;
  /** Whether it does all of it at once, and not one after another. */
  readonly atOnce?: boolean;
}

/** What came of a race. */
export interface Finish {
  /** What the verbs gave, of all processes. */
  readonly results: unknown[];
  /** What is stored in the end. */
  readonly stored: unknown;
  readonly seconds: number;
}

/** Lets processes race: all are ready before the first begins. They run the built package. */
export async function race(processes: number, job: Omit<Job, "key">): Promise<Finish> {
  const key = crypto.randomUUID();
  const program = fileURLToPath(new URL("worker.ts", import.meta.url));
  const workers = Array.from({ length: processes }, (_, worker) =>
    fork(program, [JSON.stringify({ ...job, key, worker })]),
  );
  try {
    await Promise.all(
      workers.map(
        (it) =>
          new Promise<void>((resolve, reject) => {
            it.once("message", () => resolve()).once("exit", () =>
              reject(new Error("a process ended early")),
            );
          }),
      ),
    );
    const started = performance.now();
    const finished = workers.map(
      (it) =>
        new Promise<unknown[]>((resolve, reject) => {
          it.once("message", (message: { results: unknown[] }) => resolve(message.results));
          it.once("exit", () => reject(new Error("a process failed")));
        }),
    );
    for (const it of workers) it.send("go");
    const results = (await Promise.all(finished)).flat();
    const seconds = (performance.now() - started) / 1000;
    const { driver, close } = await connect(job.engine);
    const { store } = defineSession({
      name: "races",
      key: z.string(),
      value: z.unknown(),
      keyFn: () => null,
      driver,
    });
    const stored = await store.find(key);
    await close();
    return { results, stored, seconds };
  } finally {
    for (const it of workers) it.kill();
  }
}
