import type { DriverRecord } from "./driver.ts";

/** A record that the memory driver keeps, and where it stands. */
export interface Entry {
  readonly key: string;
  record: DriverRecord;
  /** When it expires, in milliseconds since 1970 by this process's clock; `Infinity` for never. */
  deadline: number;
  /** Its index in the list that the sweep walks. */
  slot: number;
  /** The order it is in, and its neighbours there. */
  order: UseOrder;
  older: Entry | undefined;
  newer: Entry | undefined;
}

/** What an entry takes beside its text, in bytes. */
const ENTRY_BYTES = 256;

/** Returns how much an entry counts towards `maxBytes`. */
export function bytesOf({ key, record }: Pick<Entry, "key" | "record">): number {
  return 2 * (key.length + record.text.length) + ENTRY_BYTES;
}

/** Entries from the least to the most recently used, as a linked list. Every method takes constant time. */
export class UseOrder {
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #size = 0;
  #bytes = 0;

  /** The least recently used entry. */
  get oldest(): Entry | undefined {
    return this.#oldest;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** How many bytes they count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an entry as the most recently used one. */
  add(entry: Entry): void {
    this.#size++;
    this.#bytes += bytesOf(entry);
    this.#link(entry);
  }

  /** Takes an entry out. Its record must be the one it was added with. */
  remove(entry: Entry): void {
    this.#size--;
    this.#bytes -= bytesOf(entry);
    this.#unlink(entry);
  }

  /** Makes an entry the most recently used one. */
  use(entry: Entry): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#link(entry);
  }

  /** Empties the order. */
  clear(): void {
    this.#oldest = this.#newest = undefined;
    this.#size = this.#bytes = 0;
  }

  #link(entry: Entry): void {
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry): void {
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    // A dropped entry that the garbage collector has yet to find must not hold on to living ones.
    entry.older = entry.newer = undefined;
  }
}
