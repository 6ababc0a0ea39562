import { Admission } from "./admission.ts";
import { ConfigurationError, ConflictError, SessionEndedError } from "./errors.ts";
import { fingerprint } from "./events.ts";
import type { Presented } from "./key-source.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { Missing } from "./record-reader.ts";
import { type ChangeOptions, KEEP, type Observer, type Records, type Step } from "./records.ts";
import type { SessionRecord } from "./session-record.ts";
import { atOnce, type Ticket, Tickets, type TicketsOptions } from "./tickets.ts";

/** How often a token is minted anew because there is a session of it already. The second time the generator is broken. */
const MAX_MINTS = 8;

/** What the response has to tell the client: to keep this token, or to forget the one it has. */
export type Outcome = "clear" | { readonly token: string; readonly expiresAt: number | undefined };

/** The parts of a definition that issuing keys takes. */
export interface IssuingOptions<Key, Value> extends TicketsOptions<Key> {
  readonly records: Records<Value>;
  /** Whether the client is to be told when use moves the end of its session. */
  readonly refreshes: boolean;
}

/**
 * The record of one request, under a key that this server issues: minted when the first value is written, changed by
 * `rotate`, given up for good when the session goes away.
 *
 * A token that the client presents counts only if there is a live record of it; nothing is ever started under another.
 * Once a verb has seen the record live, its absence means that it ended meanwhile, and no verb of this request starts
 * a new one.
 */
export class IssuedRecord<Key, Value> implements SessionRecord<Key, Value> {
  readonly records: Records<Value>;
  readonly #options: IssuingOptions<Key, Value>;
  readonly #tickets: Tickets<Key>;
  readonly #onOutcome: () => void;
  #resolving: Promise<Ticket<Key> | undefined> | undefined;
  /** Whether it is known which token is meant, if any. */
  #isResolved = false;
  #ticket: Ticket<Key> | undefined;
  /** A ticket that nothing is stored under yet. */
  #next: Ticket<Key> | undefined;
  /** What starts, moves or removes the record at this moment. Never rejects. */
  #exclusive: Promise<void> | undefined;
  #isUsed = false;
  #isSeen = false;
  #isReported = false;
  #hasEnded = false;
  #isClosed = false;
  #outcome: "send" | "clear" | undefined;
  #expiresAt: number | undefined;

  /**
   * @param read - finds what the client presents; called when a verb first needs it
   * @param onOutcome - called when there is something to tell the client
   */
  constructor(options: IssuingOptions<Key, Value>, read: () => Presented, onOutcome: () => void) {
    this.records = options.records;
    this.#options = options;
    this.#tickets = new Tickets(options, read);
    this.#onOutcome = onOutcome;
  }

  get key(): Key {
    this.#isUsed = true;
    const [presented] = this.#isResolved ? [] : this.#tickets.presented.tokens;
    if (presented !== undefined) return atOnce(this.#tickets.bind(presented)).key;
    if (this.#ticket === undefined) this.#next ??= atOnce(this.#tickets.mint());
    return (this.#ticket ?? (this.#next as Ticket<Key>)).key;
  }

  async find(): Promise<Value | undefined> {
    this.#isUsed = true;
    for (;;) {
      if (this.#hasEnded) return undefined;
      const resolving = this.#resolve();
      const ticket = isPromise(resolving) ? await resolving : resolving;
      if (ticket === undefined) return undefined;
      const value = await this.records.find(ticket.driverKey, this.#observe(ticket));
      if (value !== undefined || !(await this.#hasLeft(ticket))) return value;
    }
  }

  replace(admitting: MaybePromise<Admission<Value>>): Promise<Value> {
    return this.#alter(() => admitting, { lenient: true }) as Promise<Value>;
  }

  change(step: Step<Value>, gives?: "stored" | "previous"): Promise<Value | undefined> {
    return this.#alter(step, { gives });
  }

  remove(): Promise<boolean> {
    this.#isUsed = true;
    return this.#alone(async () => {
      if (this.#hasEnded) return false;
      const { tokens, rejected } = this.#tickets.presented;
      // Which of several is meant does not matter to who wants to be rid of them.
      const tickets = this.#isResolved ? [this.#ticket] : await this.#tickets.all();
      let removed = false;
      for (const ticket of tickets) {
        if (ticket && (await this.records.remove(ticket.driverKey))) removed = true;
      }
      this.#hasEnded = true;
      this.#outcome = undefined;
      if (tokens.length + rejected.length > 0) this.#tell("clear");
      return removed;
    });
  }

  async touch(): Promise<boolean> {
    this.#isUsed = true;
    for (;;) {
      if (this.#hasEnded) return false;
      const ticket = await this.#resolve();
      if (ticket === undefined) return false;
      const touched = await this.records.touch(ticket.driverKey, this.#observe(ticket));
      if (touched || !(await this.#hasLeft(ticket))) return touched;
    }
  }

  /** Gives the record a new key, and the client a new token. Does nothing where there is no session. */
  rotate(): Promise<void> {
    this.#isUsed = true;
    return this.#alone(async () => {
      for (let mints = 1; mints <= MAX_MINTS; mints++) {
        this.#refuseEnded();
        const ticket = await this.#resolve();
        if (ticket === undefined) return;
        const next = await this.#tickets.mint();
        const move = await this.records.move(ticket.driverKey, next.driverKey, () =>
          this.#refuseClosed(),
        );
        if (typeof move === "object") {
          const previous = fingerprint(ticket.driverKey);
          this.#options.events.tell({ type: "rotated", previous }, next.driverKey);
          this.#adopt(next, move.expiresAt);
          return;
        }
        if (move === "lost") this.#isSeen = true;
        if (move !== "taken") return this.#lose(ticket, "absent");
      }
      throw brokenGenerator();
    });
  }

  /** Whether a verb was used, so that the response depends on what the client presented. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Gives what the response has to tell the client. From now on nothing can be told. */
  close(): Outcome | undefined {
    this.#isClosed = true;
    const outcome = this.#outcome;
    this.#outcome = undefined;
    if (outcome !== "send" || this.#ticket === undefined) {
      return outcome === "clear" ? outcome : undefined;
    }
    return { token: this.#ticket.token, expiresAt: this.#expiresAt };
  }

  async #alter(step: Step<Value>, options: ChangeOptions): Promise<Value | undefined> {
    this.#isUsed = true;
    for (;;) {
      this.#refuseEnded();
      const resolving = this.#resolve();
      const ticket = isPromise(resolving) ? await resolving : resolving;
      if (ticket === undefined) {
        if (this.#exclusive === undefined) return this.#alone(() => this.#create(step, options));
        await this.#exclusive;
        continue;
      }
      const came: { upon?: Missing | undefined } = {};
      const value = await this.records.change(
        ticket.driverKey,
        (current, missing) => {
          // What cannot be read is still this session's record, and is written over.
          came.upon = missing === "invalid" ? undefined : missing;
          return came.upon === undefined ? step(current, missing) : KEEP;
        },
        { ...options, observer: this.#observe(ticket) },
      );
      if (came.upon === undefined) return value;
      if (!(await this.#hasLeft(ticket))) this.#lose(ticket, came.upon);
    }
  }

  /** Starts a session with what the step makes of nothing. */
  async #create(step: Step<Value>, { gives }: ChangeOptions): Promise<Value | undefined> {
    const input = await step(undefined, "absent");
    if (input === KEEP) return undefined;
    const admission = input instanceof Admission ? input : await this.records.admit(input);
    for (let mints = 1; mints <= MAX_MINTS; mints++) {
      this.#refuseClosed();
      const ticket = this.#next ?? (await this.#tickets.mint());
      this.#next = undefined;
      const created = await this.records.create(ticket.driverKey, admission);
      if (created === undefined) continue;
      if (this.#isClosed) {
        // The response left while this was being written: nobody would ever know the token.
        await this.records.remove(ticket.driverKey);
        this.#refuseClosed();
      }
      this.#adopt(ticket, created.expiresAt);
      return gives === "previous" ? undefined : created.value;
    }
    throw brokenGenerator();
  }

  /** Takes a ticket for the one of this session and lets the client know. */
  #adopt(ticket: Ticket<Key>, expiresAt: number | undefined): void {
    this.#ticket = ticket;
    this.#isSeen = true;
    this.#expiresAt = expiresAt;
    this.#tell("send");
  }

  /** Gives a ticket up that there is no session of. */
  #lose(ticket: Ticket<Key>, missing: Missing): void {
    this.#miss(ticket, missing);
    if (this.#isSeen) throw this.#ended(ticket);
    this.#ticket = undefined;
  }

  /** Whether this request has itself moved or removed the session meanwhile, or is about to. */
  async #hasLeft(ticket: Ticket<Key>): Promise<boolean> {
    await this.#exclusive;
    return this.#hasEnded || this.#ticket !== ticket;
  }

  #observe(ticket: Ticket<Key>): Observer {
    const note = (expiresAt: number | undefined, matters: boolean): void => {
      if (this.#ticket !== ticket || this.#hasEnded) return;
      this.#isSeen = true;
      this.#expiresAt = expiresAt;
      if (matters) this.#tell("send");
    };
    return {
      found: (expiresAt) => note(expiresAt, ticket.stale),
      moved: (expiresAt) => note(expiresAt, this.#options.refreshes),
      missing: (why) => this.#miss(ticket, why),
    };
  }

  /** There is no session of this ticket: nothing to send, and if there never was one in this request, something to tell. */
  #miss(ticket: Ticket<Key>, missing: Missing): void {
    if (this.#outcome === "send" && this.#ticket === ticket) this.#outcome = undefined;
    if (missing !== "absent" || this.#isSeen || this.#isReported) return;
    this.#isReported = true;
    this.#options.events.tell({ type: "rejected", reason: "unknown" }, ticket.driverKey);
  }

  #tell(outcome: "send" | "clear"): void {
    if (this.#isClosed) return;
    this.#outcome = outcome;
    this.#onOutcome();
  }

  #resolve(): MaybePromise<Ticket<Key> | undefined> {
    if (this.#isResolved) return this.#ticket;
    if (this.#resolving !== undefined) return this.#resolving;
    const settle = (ticket: Ticket<Key> | undefined): Ticket<Key> | undefined => {
      this.#isResolved = true;
      this.#ticket = ticket;
      return ticket;
    };
    const choosing = this.#tickets.choose();
    if (!isPromise(choosing)) return settle(choosing);
    // One that fails, such as for a driver that is down, is tried again by the next verb.
    this.#resolving = choosing.then(settle).finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }

  /** Runs what may start, move or remove the record, one after another. */
  async #alone<Result>(run: () => Promise<Result>): Promise<Result> {
    while (this.#exclusive !== undefined) await this.#exclusive;
    const running = run();
    this.#exclusive = running.then(
      () => {},
      () => {},
    );
    try {
      return await running;
    } finally {
      this.#exclusive = undefined;
    }
  }

  #refuseEnded(): void {
    if (this.#hasEnded) throw this.#ended(this.#ticket);
  }

  #refuseClosed(): void {
    if (!this.#isClosed) return;
    throw new ConfigurationError(
      "The response was finalized before this session got its key, so its client cannot be told. Await every write before you respond.",
    );
  }

  #ended(ticket: Ticket<Key> | undefined): SessionEndedError {
    if (ticket !== undefined) this.#options.events.tell({ type: "ended" }, ticket.driverKey);
    return new SessionEndedError(
      "The session was removed, has expired or was rotated away while this request was using it. Nothing was stored.",
    );
  }
}

function brokenGenerator(): ConflictError {
  return new ConflictError(
    "The random generator keeps giving tokens that are in use. Nothing was stored.",
  );
}
