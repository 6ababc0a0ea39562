import { BUSY_TIMEOUT, endOf, retryUntil } from "./retry-until.ts";
import { ServerClock } from "./server-clock.ts";

/** The server of a {@link TimedChanges}. */
export interface TimedServer {
  /** Asks the server for its time, in milliseconds since 1970. */
  askTime(): Promise<number>;
  /** Whether the server refused a change because its time was over, and changed nothing. */
  isLate(error: unknown): boolean;
  /** Whether another transaction went first, and nothing was changed. */
  isRolledBack(error: unknown): boolean;
}

/** What a server answers to a change. */
export interface TimedAnswer {
  /** The server's time, in milliseconds since 1970, if the answer says it. */
  readonly time: number | undefined;
}

/** Changes that a database carries out only while their caller waits, by the database's clock. */
export class TimedChanges {
  readonly #server: TimedServer;
  readonly #clock = new ServerClock();

  constructor(server: TimedServer) {
    this.#server = server;
  }

  /**
   * Carries out a change. Sends it again if another transaction went first, or if the server's
   * clock was estimated wrongly.
   *
   * @param timeout - how many milliseconds from now the caller waits; `undefined` is without limit
   * @param send - sends the change, with the last moment by the server's clock at which it may be
   * carried out. The server must refuse it afterwards
   */
  async run<Answer extends TimedAnswer>(
    timeout: number | undefined,
    send: (latest: number) => Promise<Answer>,
  ): Promise<Answer> {
    const end = endOf(timeout);
    const isTransient = (error: unknown): boolean => {
      const isRefusedEarly = this.#server.isLate(error) && performance.now() < end;
      if (isRefusedEarly) this.#clock.forget();
      return isRefusedEarly || this.#server.isRolledBack(error);
    };
    return retryUntil(Math.min(end, endOf(BUSY_TIMEOUT)), isTransient, async () => {
      const now = this.#clock.now() ?? (await this.askTime());
      const sent = performance.now();
      const answer = await send(now + end - sent);
      if (answer.time !== undefined) this.#clock.learn(answer.time, sent);
      return answer;
    });
  }

  /** Asks the server for its time and returns it. */
  async askTime(): Promise<number> {
    const sent = performance.now();
    const time = await this.#server.askTime();
    this.#clock.learn(time, sent);
    return time;
  }
}
