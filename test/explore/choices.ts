/** Decides what happens next, so that a schedule can be repeated. */
export interface Choices {
  /** Returns a whole number from 0 to `count - 1`. */
  pick(count: number): number;
}

/** Choices by a random generator (Mulberry32): the same seed makes the same choices. */
export class SeededChoices implements Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  pick(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * count);
  }
}

/**
 * All choices there are, depth first: run the same program again and again until `next` returns
 * `false`.
 */
export class EveryChoice implements Choices {
  readonly #path: { picked: number; readonly count: number }[] = [];
  #depth = 0;

  pick(count: number): number {
    if (this.#depth === this.#path.length) this.#path.push({ picked: 0, count });
    return this.#path[this.#depth++]?.picked ?? 0;
  }

  /** Starts over with other choices. Returns whether there are any left. */
  next(): boolean {
    this.#depth = 0;
    for (;;) {
      const last = this.#path.at(-1);
      if (last === undefined) return false;
      if (++last.picked < last.count) return true;
      this.#path.pop();
    }
  }
}

/** Choices that were made before; 0 when they are used up. */
export class GivenChoices implements Choices {
  readonly #picks: readonly number[];
  #made = 0;

  constructor(picks: readonly number[]) {
    this.#picks = picks;
  }

  pick(count: number): number {
    return Math.min(this.#picks[this.#made++] ?? 0, count - 1);
  }
}

/** Keeps a list of the choices that others make. */
export class RecordedChoices implements Choices {
  readonly picks: number[] = [];
  readonly #choices: Choices;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  pick(count: number): number {
    const picked = this.#choices.pick(count);
    this.picks.push(picked);
    return picked;
  }
}

/**
 * Makes a list of choices as short and as calm as it can while it still fails.
 *
 * @param fails - whether these choices fail
 */
export async function minimise(
  picks: readonly number[],
  fails: (picks: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let best = picks;
  const attempt = async (candidate: readonly number[]): Promise<boolean> => {
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let improved = true; improved; ) {
    improved = false;
    for (let size = best.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at + size <= best.length; ) {
        if (await attempt(best.toSpliced(at, size))) improved = true;
        else at += size;
      }
    }
    for (let at = 0; at < best.length; at++) {
      for (const smaller of [0, (best[at] as number) >> 1, (best[at] as number) - 1]) {
        if (smaller < 0 || smaller >= (best[at] as number)) continue;
        if (await attempt(best.with(at, smaller))) {
          improved = true;
          break;
        }
      }
    }
  }
  return best;
}
