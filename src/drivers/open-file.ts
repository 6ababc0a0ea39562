import { statSync } from "node:fs";
import { UnavailableError } from "../errors.ts";

/**
 * Throws if an open file has been deleted or replaced. The process that has it open can still write
 * to it, but nobody will ever read that.
 */
export class OpenFile {
  readonly #path: string;
  readonly #identity: string | undefined;
  #checkedAt = performance.now();

  /** @param path - the path of an open file; empty if there is none */
  constructor(path: string) {
    this.#path = path;
    this.#identity = path === "" ? undefined : identityOf(path);
  }

  /**
   * @param interval - how many milliseconds to rely on the last check
   * @throws UnavailableError if another file, or none, is at the path now
   */
  check(interval: number): void {
    if (this.#identity === undefined) return;
    const now = performance.now();
    if (now - this.#checkedAt < interval) return;
    if (identityOf(this.#path) !== this.#identity) {
      throw new UnavailableError(
        "The SQLite file was deleted or replaced while it was open. Put it back, or start the program again.",
      );
    }
    this.#checkedAt = now;
  }
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev} ${stats.ino}`;
}
