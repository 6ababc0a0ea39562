import type { Deadline } from "./deadline.ts";
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
  readonly records: Pick<Records<unknown>, "look">;
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

  /** Everything authentic that the client presents, also what is too much to be looked up. */
  all(): Promise<Ticket<Key>[]> {
    const { tokens, excess } = this.presented;
    return Promise.all([...tokens, ...excess].map((it) => this.#bind(it)));
  }

  /** Which of the presented tokens is meant, if any. Looks nothing up where there is only one. */
  choose(deadline: Deadline): MaybePromise<Ticket<Key> | undefined> {
    const { tokens } = this.presented;
    const [token] = tokens;
    if (token === undefined) return undefined;
    return tokens.length === 1 ? this.#bind(token) : this.#chooseLive(deadline);
  }

  /** A new ticket. */
  mint(): MaybePromise<Ticket<Key>> {
    return this.#bind({ token: mintToken(), stale: false });
  }

  #bind(presented: PresentedToken): MaybePromise<Ticket<Key>> {
    const binding = this.#options.keys.bind(keyOfToken(presented.token));
    return isPromise(binding)
      ? binding.then((bound) => ({ ...presented, ...bound }))
      : { ...presented, ...binding };
  }

  /**
   * Cookies of one name come in an order that says nothing (RFC 6265bis section 5.8.3), and a neighbouring host may have set
   * one of them (section 8.6). So the valid cookie wins, and two valid ones are both rejected. Where none is valid but one
   * was rotated away a moment ago, that one counts: no other session is started in its place.
   */
  async #chooseLive(deadline: Deadline): Promise<Ticket<Key> | undefined> {
    const { records, events } = this.#options;
    const live: Ticket<Key>[] = [];
    let moved: Ticket<Key> | undefined;
    for (const token of this.presented.tokens) {
      const ticket = await this.#bind(token);
      const missing = await records.look(ticket.driverKey, deadline);
      if (missing === undefined || missing === "invalid") live.push(ticket);
      else if (missing === "moved") moved = ticket;
      else if (missing === "absent") {
        events.tell({ type: "rejected", reason: "unknown" }, ticket.driverKey);
      }
    }
    if (live.length > 1) events.tell({ type: "rejected", reason: "ambiguous" });
    if (live.length === 0) return moved;
    return live.length === 1 ? live[0] : undefined;
  }
}
