import { ConfigurationError } from "./errors.ts";
import type { Events } from "./events.ts";
import type { BoundKey, KeyBinder } from "./key-binder.ts";
import type { Presented, PresentedToken } from "./key-source.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { Records } from "./records.ts";
import { keyOfToken, mintToken } from "./token.ts";

/** A token with its key. */
export interface Ticket<Key> extends BoundKey<Key>, PresentedToken {}

/** The parts of a definition that tickets take. */
export interface TicketsOptions<Key> {
  readonly records: Pick<Records<unknown>, "has">;
  readonly keys: KeyBinder<Key>;
  readonly events: Events;
}

/** The tokens of one request: those that its client presents, and new ones. */
export class Tickets<Key> {
  readonly #options: TicketsOptions<Key>;
  readonly #read: () => Presented;
  #presented: Presented | undefined;

  /** @param read - finds what the client presents; called when it is first asked for */
  constructor(options: TicketsOptions<Key>, read: () => Presented) {
    this.#options = options;
    this.#read = read;
  }

  /** What the client presents. */
  get presented(): Presented {
    if (this.#presented === undefined) {
      this.#presented = this.#read();
      for (const reason of this.#presented.rejected) {
        this.#options.events.tell({ type: "rejected", reason });
      }
    }
    return this.#presented;
  }

  /** All that the client presents. */
  all(): Promise<Ticket<Key>[]> {
    return Promise.all(this.presented.tokens.map((it) => this.bind(it)));
  }

  /** Which of the presented tokens is meant, if any. Looks nothing up where there is only one. */
  choose(): MaybePromise<Ticket<Key> | undefined> {
    const { tokens } = this.presented;
    const [token] = tokens;
    if (token === undefined) return undefined;
    return tokens.length === 1 ? this.bind(token) : this.#chooseLive();
  }

  /** A new ticket. */
  mint(): MaybePromise<Ticket<Key>> {
    return this.bind({ token: mintToken(), stale: false });
  }

  bind(presented: PresentedToken): MaybePromise<Ticket<Key>> {
    const binding = this.#options.keys.bind(keyOfToken(presented.token));
    return isPromise(binding)
      ? binding.then((bound) => ({ ...presented, ...bound }))
      : { ...presented, ...binding };
  }

  /**
   * Cookies of one name come in an order that says nothing (RFC 6265bis section 5.8.3), and a neighbouring host may have set
   * one of them (section 8.6). So the one counts that there is a session of; of two such neither is trusted.
   */
  async #chooseLive(): Promise<Ticket<Key> | undefined> {
    const { records, events } = this.#options;
    const live: Ticket<Key>[] = [];
    for (const ticket of await this.all()) {
      if (await records.has(ticket.driverKey)) live.push(ticket);
    }
    if (live.length > 1) events.tell({ type: "rejected", reason: "ambiguous" });
    return live.length === 1 ? live[0] : undefined;
  }
}

/** What is there already. Only a key schema that is asynchronous makes one wait for a ticket. */
export function atOnce<Result>(result: MaybePromise<Result>): Result {
  if (!isPromise(result)) return result;
  throw new ConfigurationError(
    "The key schema is asynchronous: await a verb of this session before reading its key.",
  );
}
