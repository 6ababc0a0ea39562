import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A process that answers one message after the other: a file of `workers/`, which calls `answer`. */
export class Child {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param file - the file's name
   * @param args - its arguments
   * @param nodeOptions - options of Node itself
   */
  static async start(
    file: string,
    args: readonly string[] = [],
    nodeOptions: readonly string[] = [],
  ): Promise<Child> {
    const path = new URL(`../workers/${file}`, import.meta.url);
    const child = new Child(
      fork(path, args, {
        serialization: "advanced",
        execArgv: [...nodeOptions],
        env: { ...process.env, NODE_ENV: "production" },
      }),
    );
    await child.#message();
    return child;
  }

  /** Sends a message and returns what it answers. */
  async ask<Answer>(message: unknown): Promise<Answer> {
    this.#process.send(message as object);
    return (await this.#message()) as Answer;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.disconnect();
    await ended;
  }

  async #message(): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`${this.#process.spawnargs.at(-1)} has ended`));
      this.#process.once("exit", fail);
      this.#process.once("message", (message) => {
        this.#process.off("exit", fail);
        resolve(message);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** In a process that `Child.start` has started: answers each message. Ends with the process that asks. */
export function answer<Question>(reply: (question: Question) => unknown): void {
  process.once("disconnect", () => process.exit());
  process.on("message", async (question) => {
    process.send?.(await reply(question as Question));
  });
  process.send?.("ready");
}
