import type { DriverRecord } from "./driver.ts";

/** A record of the memory driver, and its place in the order of use. */
export interface Entry {
  readonly key: string;
  record: DriverRecord;
  /** How many bytes it counts towards `maxBytes`. */
  bytes: number;
  /** When it expires, in milliseconds since 1970 by this process's clock; `Infinity` for never. */
  deadline: number;
  /** Its index in the list that the sweep walks. */
  slot: number;
  /** The order that holds it, and its neighbours there. */
  order: UseOrder;
  older: Entry | undefined;
  newer: Entry | undefined;
}

/**
 * Entries from the least to the most recently used, as a linked list. Every method takes constant
 * time.
 */
export class UseOrder {
  /** The least recently used entry. */
  oldest: Entry | undefined;
  /** The most recently used entry. */
  newest: Entry | undefined;
  /** How many entries there are. */
  size = 0;
  /** How many bytes the entries count. */
  bytes = 0;

  /** Adds an entry as the most recently used one. */
  add(entry: Entry): void {
    this.size++;
    this.bytes += entry.bytes;
    this.#link(entry);
  }

  /** Removes an entry. */
  remove(entry: Entry): void {
    this.size--;
    this.bytes -= entry.bytes;
    this.#unlink(entry);
  }

  /** Makes an entry the most recently used one. */
  use(entry: Entry): void {
    if (entry === this.newest) return;
    this.#unlink(entry);
    this.#link(entry);
  }

  /** Empties the order. */
  clear(): void {
    this.oldest = this.newest = undefined;
    this.size = this.bytes = 0;
  }

  #link(entry: Entry): void {
    entry.older = this.newest;
    if (this.newest === undefined) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
  }

  #unlink(entry: Entry): void {
    const { older, newer } = entry;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    // A dropped entry that the garbage collector has yet to find must not hold on to living ones.
    entry.older = entry.newer = undefined;
  }
}
