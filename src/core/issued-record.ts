import { Admission } from "./admission.ts";
import type { Result, Step } from "./change-record.ts";
import type { Deadline } from "./deadline.ts";
import { ConflictError, CrossOriginError, SessionEndedError, UsageError } from "./errors.ts";
import { Exclusive } from "./exclusive.ts";
import type { Presented } from "./key-source.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import type { Missing } from "./record-reader.ts";
import type { Records } from "./records.ts";
import type { ChangeKind, SessionRecord } from "./session-record.ts";
import { type Ticket, Tickets, type TicketsOptions } from "./tickets.ts";

/** How often a token is minted anew because there is a session of it already. The second time the generator is broken. */
const MAX_MINTS = 8;

/** What the response has to tell the client: to keep this token, or to forget the one it has. */
export type Outcome = "clear" | { readonly token: string; readonly createdAt: number };

/** The parts of a definition that issuing keys takes. */
export interface IssuingOptions<Key, Value> extends TicketsOptions<Key> {
  readonly records: Records<Value>;
  /** Whether a cookie has to be renewed while its session is used, because its session has no absolute limit. */
  readonly renews: boolean;
}

/** What a rotation may do beside giving a new key. */
export interface RotateOptions<Value> {
  /** Works out the new value; also where there is none. */
  readonly step?: Step<Value> | undefined;
  /** Whether the session starts a new age. */
  readonly restart?: boolean | undefined;
}

/**
 * The record of one request, under a key that this server issues: minted when the first value is written, changed by
 * `rotate`, given up for good when the session goes away.
 *
 * A token that the client presents counts only if there is a live record of it; nothing is ever started under another.
 * Once a verb has seen the record live, its absence means that it ended meanwhile, and no verb of this request starts
 * a new one. Neither does any verb where the presented token was rotated away a moment ago.
 */
export class IssuedRecord<Key, Value> implements SessionRecord<Key | undefined, Value> {
  readonly records: Records<Value>;
  readonly #options: IssuingOptions<Key, Value>;
  readonly #tickets: Tickets<Key>;
  readonly #onOutcome: () => void;
  #resolving: Promise<Ticket<Key> | undefined> | undefined;
  /** Whether it is known which token is meant, if any. */
  #isResolved = false;
  #ticket: Ticket<Key> | undefined;
  /** What starts, moves or removes the record. */
  readonly #exclusive: Exclusive = new Exclusive();
  #isUsed = false;
  #isSeen = false;
  #wasLive = false;
  #isReported = false;
  #hasEnded = false;
  #isRemoved = false;
  #isClosed = false;
  #outcome: "send" | "clear" | undefined;
  #createdAt = 0;

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

  /** The key, once it is known that there is a session of it. What was merely sent is no key. */
  get key(): Key | undefined {
    return this.#isSeen && !this.#hasEnded ? this.#ticket?.key : undefined;
  }

  async find(): Promise<Value | undefined> {
    this.#isUsed = true;
    const deadline = this.records.deadline();
    for (;;) {
      if (this.#hasEnded) return undefined;
      const resolving = this.#resolve(deadline);
      const ticket = isPromise(resolving) ? await resolving : resolving;
      if (ticket === undefined) return undefined;
      const result = await this.records.find(ticket.driverKey, deadline);
      this.#note(ticket, result);
      if (result.missing === undefined || !(await this.#hasLeft(ticket, deadline))) {
        return result.value;
      }
    }
  }

  async replace(admitting: MaybePromise<Admission<Value>>): Promise<Value> {
    return (await this.#write(() => admitting, true)).value as Value;
  }

  change(step: Step<Value>, kind: ChangeKind): Promise<Result<Value>> {
    return kind === "write" ? this.#write(step, false) : this.#changeExisting(step, kind);
  }

  /** Deletes everything that the client presents, so that nothing it holds opens anything afterwards. */
  remove(): Promise<boolean> {
    return this.#alone(async (deadline) => {
      this.#refuseCrossOrigin();
      if (this.#isRemoved) return false;
      const { tokens, excess, rejected } = this.#tickets.presented;
      this.#hasEnded = true;
      this.#outcome = undefined;
      // Also where the driver fails: the client is to forget its token in any case.
      if (tokens.length + excess.length + rejected.length > 0) this.#tell("clear");
      const keys = new Set((await this.#tickets.all()).map((it) => it.driverKey));
      if (this.#ticket !== undefined) keys.add(this.#ticket.driverKey);
      const endings = [...keys].map((key) => this.records.end(key, deadline));
      // All are tried before one that failed is reported.
      await Promise.allSettled(endings);
      const wereLive = await Promise.all(endings);
      this.#isRemoved = true;
      return wereLive.includes(true);
    });
  }

  async touch(): Promise<boolean> {
    this.#isUsed = true;
    const deadline = this.records.deadline();
    for (;;) {
      if (this.#hasEnded) return false;
      const ticket = await this.#resolve(deadline);
      if (ticket === undefined) return false;
      const result = await this.records.touch(ticket.driverKey, deadline);
      this.#note(ticket, result);
      if (result.missing === undefined) return true;
      if (!(await this.#hasLeft(ticket, deadline))) return false;
    }
  }

  /** Gives the record a new key, and the client a new token. Without a step it does nothing where there is no session. */
  rotate({ step, restart }: RotateOptions<Value>): Promise<Result<Value> | undefined> {
    return this.#alone(async (deadline) => {
      this.#refuseCrossOrigin();
      if (this.#hasEnded && step !== undefined) this.#startOver();
      for (let mints = 1; mints <= MAX_MINTS; mints++) {
        this.#refuseEnded();
        const ticket = await this.#resolve(deadline);
        if (ticket === undefined) return step && this.#create(step, true, deadline);
        const next = await this.#tickets.mint();
        const options = { step, restart, beforeCommit: () => this.#refuseClosed() };
        const move = await this.records.move(ticket.driverKey, next.driverKey, options, deadline);
        if (move === "taken") continue;
        if (move.missing === undefined) {
          const { events } = this.#options;
          const previous = events.fingerprint(ticket.driverKey);
          events.tell({ type: "rotated", previous }, next.driverKey);
          this.#adopt(next, move);
          return move;
        }
        if (move.wasSeen) this.#isSeen = true;
        this.#lose(ticket, move.missing);
      }
      throw brokenGenerator();
    });
  }

  /** Whether a verb was used, so that the response depends on what the client presented. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Whether a verb came upon a live session, so that the response may hold what is somebody's own. */
  get wasLive(): boolean {
    return this.#wasLive;
  }

  /** Returns what the response has to tell the client. From now on nothing else can be told. */
  close(): Outcome | undefined {
    this.#isClosed = true;
    if (this.#outcome !== "send" || this.#ticket === undefined) {
      return this.#outcome === "clear" ? "clear" : undefined;
    }
    return { token: this.#ticket.token, createdAt: this.#createdAt };
  }

  /** Changes what is there, and starts a session where there is none. */
  async #write(step: Step<Value>, lenient: boolean): Promise<Result<Value>> {
    this.#begin();
    const deadline = this.records.deadline();
    const options = { lenient, ifMissing: "replace-invalid" } as const;
    for (;;) {
      this.#refuseCrossOrigin();
      this.#refuseEnded();
      const resolving = this.#resolve(deadline);
      const ticket = isPromise(resolving) ? await resolving : resolving;
      if (ticket === undefined) {
        if (!this.#exclusive.isBusy) {
          return this.#exclusive.run(deadline, () => this.#create(step, false, deadline));
        }
        await this.#exclusive.wait(deadline);
        continue;
      }
      const result = await this.records.change(ticket.driverKey, step, options, deadline);
      this.#note(ticket, result);
      const { missing } = result;
      if (missing === undefined || missing === "invalid") return result;
      if (!(await this.#hasLeft(ticket, deadline))) this.#lose(ticket, missing);
    }
  }

  /** Changes what is there, if anything is. Where the session has ended, an update says so and a take finds nothing. */
  async #changeExisting(step: Step<Value>, kind: "update" | "take"): Promise<Result<Value>> {
    this.#begin();
    const deadline = this.records.deadline();
    for (;;) {
      if (kind === "update") {
        this.#refuseCrossOrigin();
        this.#refuseEnded();
      } else if (this.#hasEnded) return NOTHING;
      const resolving = this.#resolve(deadline);
      const ticket = isPromise(resolving) ? await resolving : resolving;
      if (ticket === undefined) return NOTHING;
      const options = { ifMissing: "keep" } as const;
      const result = await this.records.change(ticket.driverKey, step, options, deadline);
      this.#note(ticket, result);
      const { missing } = result;
      if (missing === undefined || missing === "invalid") return result;
      if (await this.#hasLeft(ticket, deadline)) continue;
      if (kind === "update") this.#lose(ticket, missing);
      return NOTHING;
    }
  }

  /** Starts a session with what the step makes of nothing. */
  async #create(step: Step<Value>, retain: boolean, deadline: Deadline): Promise<Result<Value>> {
    const stepping = deadline.stopFor(() => step(undefined, this));
    // What is there at once is validated at once: its owner may go on changing it.
    const input = isPromise(stepping) ? await stepping : stepping;
    const admission = input instanceof Admission ? input : await this.records.admit(input);
    for (let mints = 1; mints <= MAX_MINTS; mints++) {
      this.#refuseClosed();
      const ticket = await this.#tickets.mint();
      const result = await this.records.create(ticket.driverKey, admission, retain, deadline);
      if (result === undefined) continue;
      if (this.#isClosed) {
        // The response left while this was being written: nobody would ever know the token.
        await this.records.end(ticket.driverKey, deadline);
        this.#refuseClosed();
      }
      this.#adopt(ticket, result);
      return result;
    }
    throw brokenGenerator();
  }

  /** Takes a ticket for the one of this session and lets the client know. */
  #adopt(ticket: Ticket<Key>, { createdAt }: Result<Value>): void {
    this.#ticket = ticket;
    this.#isSeen = true;
    this.#wasLive = true;
    this.#createdAt = createdAt ?? 0;
    this.#tell("send");
  }

  /** Forgets the session that this request has ended, so that it can begin another. */
  #startOver(): void {
    this.#isResolved = true;
    this.#ticket = undefined;
    this.#hasEnded = false;
    this.#isRemoved = false;
    this.#isSeen = false;
  }

  /** Gives a ticket up that there is no session of. */
  #lose(ticket: Ticket<Key>, missing: Missing): void {
    this.#miss(ticket, missing);
    if (this.#isSeen || missing === "moved") throw this.#ended(ticket);
    this.#ticket = undefined;
  }

  /** Whether this request has itself moved or removed the session meanwhile, or is about to. */
  async #hasLeft(ticket: Ticket<Key>, deadline: Deadline): Promise<boolean> {
    await this.#exclusive.wait(deadline);
    return this.#hasEnded || this.#ticket !== ticket;
  }

  /** Takes in what a verb came upon. */
  #note(ticket: Ticket<Key>, result: Result<Value>): void {
    const { missing, wasSeen, createdAt, isCookieDue } = result;
    if (wasSeen && this.#ticket === ticket) this.#isSeen = true;
    if (missing !== undefined && missing !== "invalid") {
      this.#miss(ticket, missing);
      return;
    }
    if (missing === undefined) this.#wasLive = true;
    if (this.#ticket !== ticket || this.#hasEnded) return;
    this.#isSeen = true;
    if (createdAt === undefined) return;
    this.#createdAt = createdAt;
    if (ticket.stale || (isCookieDue && this.#options.renews)) this.#tell("send");
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

  #resolve(deadline: Deadline): MaybePromise<Ticket<Key> | undefined> {
    if (this.#isResolved) return this.#ticket;
    if (this.#resolving !== undefined) return this.#resolving;
    const settle = (ticket: Ticket<Key> | undefined): Ticket<Key> | undefined => {
      // A verb may have removed everything meanwhile.
      if (!this.#isResolved) {
        this.#isResolved = true;
        this.#ticket = ticket;
      }
      return this.#ticket;
    };
    const choosing = this.#tickets.choose(deadline);
    if (!isPromise(choosing)) return settle(choosing);
    // One that fails, such as for a driver that is down, is tried again by the next verb.
    this.#resolving = choosing.then(settle).finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }

  /** Runs what may start, move or remove the record, one after another. */
  async #alone<Answer>(run: (deadline: Deadline) => Promise<Answer>): Promise<Answer> {
    this.#begin();
    const deadline = this.records.deadline();
    return this.#exclusive.run(deadline, () => run(deadline));
  }

  #begin(): void {
    this.#isUsed = true;
    this.records.reentrancy.refuseInside(this);
  }

  #refuseCrossOrigin(): void {
    if (!this.#tickets.presented.rejected.includes("cross-origin")) return;
    throw new CrossOriginError(
      "Another site made the browser send this request, so it has no session. If you expect such requests, name the site: cookieKey({ trustedOrigins: [...] }).",
    );
  }

  #refuseEnded(): void {
    if (this.#hasEnded) throw this.#ended(this.#ticket);
  }

  #refuseClosed(): void {
    if (!this.#isClosed) return;
    throw new UsageError(
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

const NOTHING: Result<never> = {
  value: undefined,
  previous: undefined,
  missing: "absent",
  wasSeen: false,
  createdAt: undefined,
  isCookieDue: false,
};

function brokenGenerator(): ConflictError {
  return new ConflictError(
    "The random generator keeps giving tokens that are in use. Nothing was stored.",
  );
}
