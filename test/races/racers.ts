import { type ChildProcess, fork } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineSession } from "zession";
import { z } from "zod";
import type { Runtime } from "../runtimes/runtimes.ts";
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
  /** What the verbs returned, of all processes. */
  readonly results: unknown[];
  /** What is stored in the end. */
  readonly stored: unknown;
  readonly seconds: number;
}

/** Processes that race for sessions. They run the built package. */
export class Racers {
  readonly #processes: readonly ChildProcess[];

  /**
   * Starts processes. They wait for races until `stop` is called.
   *
   * @param on - a runtime, and a project where the package is installed; default this Node.js
   */
  constructor(count: number, on?: { readonly runtime: Runtime; readonly project: string }) {
    const home = fileURLToPath(new URL(".", import.meta.url));
    const folder = on?.project ?? home;
    if (on !== undefined)
      for (const file of ["worker.ts", "engines.ts"]) cpSync(join(home, file), join(folder, file));
    const options = on && {
      cwd: folder,
      execPath: on.runtime.program(),
      execArgv: [...on.runtime.args],
    };
    this.#processes = Array.from({ length: count }, () => fork(join(folder, "worker.ts"), options));
  }

  /** Lets the processes race for a new session. All are ready before the first begins. */
  async race(job: Omit<Job, "key">): Promise<Finish> {
    const key = crypto.randomUUID();
    const ready = this.#answers();
    for (const it of this.#processes) it.send({ ...job, key });
    await ready;
    const started = performance.now();
    const finished = this.#answers();
    for (const it of this.#processes) it.send("go");
    const results = (await finished).flatMap((it) => (it as { results: unknown[] }).results);
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
  }

  /** Ends the processes. */
  stop(): void {
    for (const it of this.#processes) it.kill();
  }

  /** Resolves with the next message of each process. Rejects if one ends. */
  #answers(): Promise<unknown[]> {
    return Promise.all(
      this.#processes.map(
        (it) =>
          new Promise((resolve, reject) => {
            const fail = () => reject(new Error("a process ended early"));
            if (it.exitCode !== null) return fail();
            it.once("exit", fail).once("message", (message) => {
              it.off("exit", fail);
              resolve(message);
            });
          }),
      ),
    );
  }
}
