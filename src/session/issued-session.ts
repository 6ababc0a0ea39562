import { type SessionEndedError, UnavailableError, UsageError } from "../errors.ts";
import type { Credentials, PresentedToken } from "../keys/key-source.ts";
import { brokenGenerator, MAX_MINTS, newToken } from "../keys/token.ts";
import type { Deadline } from "../storage/deadline.ts";
import { moveRecord } from "../storage/move-record.ts";
import { type Mutation, nextValue, refuseInside } from "../storage/mutation.ts";
import { endRecord, endRecords } from "../storage/remove-record.ts";
import type { Serialized } from "../storage/serialization.ts";
import type { AbsenceReason, Result, Storage } from "../storage/storage.ts";
import { createValue } from "../storage/write-value.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { Carrier, CookieUpdate } from "./carrier.ts";
import { chooseToken } from "./choose-token.ts";
import { Exclusive } from "./exclusive.ts";
import type { RotateOptions } from "./session.ts";
import type { SessionKind, Verb } from "./session-kind.ts";
import { cookieNotSet, crossOrigin, sessionEnded } from "./session-refusals.ts";

/**
 * The session of one request under a key that this server issues. The first write mints the key,
 * `rotate` changes it, and a removal drops it for good.
 *
 * A client's token counts only if it has a live record. No session is started under a token that
 * the server did not mint. If a verb has seen the record live and it is gone later, the session has
 * ended, and no verb of this request starts a new one. The same holds if the token was rotated away
 * a moment ago.
 */
export class IssuedSession<Value, Source = unknown>
  implements SessionKind<string | undefined, Value>
{
  readonly storage: Storage<Value>;
  readonly mayCreate = false;
  isUsed = false;
  wasLive = false;
  /** What the response has to do with the cookie. */
  cookie: CookieUpdate | undefined;
  /** Why no cookie can be sent: the head has left, or there never was a way. */
  closedBecause: string | undefined;
  isReadOnly = false;
  /** Where the tokens of this request are read from. */
  readonly source: Source;
  readonly #carrier: Carrier<Source>;
  #credentials: Credentials | undefined;
  #choosing: Promise<void> | undefined;
  /** Whether the token has been chosen, or there is none. */
  #isChosen = false;
  #token: PresentedToken | undefined;
  #driverKey: string | undefined;
  /** Runs the verbs that start, move or remove the record, one at a time. */
  readonly #exclusive: Exclusive = new Exclusive();
  /** Whether a verb has seen the token's record live. */
  #isSeen = false;
  #isReported = false;
  #hasEnded = false;
  #isRemoved = false;

  constructor(storage: Storage<Value>, carrier: Carrier<Source>, source: Source) {
    this.storage = storage;
    this.#carrier = carrier;
    this.source = source;
  }

  /**
   * The key, once a verb has found or started its session. A token that a client merely sent has no
   * key.
   */
  get key(): string | undefined {
    return this.#isSeen && !this.#hasEnded ? this.#token?.key : undefined;
  }

  get driverKey(): string | undefined {
    return this.key && this.#driverKey;
  }

  locate(verb: Verb, deadline: Deadline): MaybePromise<string | undefined> {
    this.isUsed = true;
    const credentials = this.#credentials ?? this.#read();
    if (verb !== "find") refuseInside(this.storage, this);
    const isWrite = verb === "write" || verb === "update";
    if (this.#hasEnded) {
      if (isWrite) throw this.#ended();
      return undefined;
    }
    // As a rule nothing was refused.
    if (isWrite && credentials.rejected.length > 0) this.#refuseCrossOrigin();
    if (this.#isChosen) return this.#driverKey;
    if (credentials.tokens.length > 1)
      return this.#choose(credentials, deadline).then(() => this.#driverKey);
    // Nothing is looked up: the verb itself finds out whether there is a session.
    const [token] = credentials.tokens;
    this.#isChosen = true;
    this.#token = token;
    this.#driverKey = token && this.#carrier.keyPrefix + token.key;
    return this.#driverKey;
  }

  accept(
    verb: Verb,
    driverKey: string,
    result: Result<Value>,
    deadline: Deadline,
  ): MaybePromise<boolean> {
    const { absence, createdAt, isCookieDue, wasSeen } = result;
    const token = this.#token;
    const isCurrent = this.#driverKey === driverKey && !this.#hasEnded;
    if (absence === undefined) this.wasLive = true;
    if (isCurrent && wasSeen) this.#isSeen = true;
    if (absence === undefined || absence === "invalid") {
      if (isCurrent && createdAt !== undefined) {
        this.#isSeen = true;
        const isDue = isCookieDue && this.#carrier.renewsCookie;
        if (token !== undefined && (isDue || token.isStale))
          this.#queueCookie({ token: token.token, createdAt });
      }
      if (absence === undefined || (verb !== "find" && verb !== "touch")) return true;
    } else this.#miss(driverKey, absence);
    return this.#acceptAbsence(verb, driverKey, absence, deadline);
  }

  /** Starts a session with the initial value. */
  async create(mutation: Mutation<Value>, deadline: Deadline): Promise<Result<Value> | undefined> {
    if (this.#exclusive.running === undefined)
      return this.#exclusive.run(deadline, () => this.#create(mutation, false, deadline));
    // Another verb of this request is starting one.
    await this.#exclusive.wait(deadline);
    return undefined;
  }

  /** Ends the sessions of all tokens that the client presents. */
  async remove(deadline: Deadline): Promise<boolean> {
    try {
      return await this.#alone(deadline, () => this.#end(deadline));
    } catch (error) {
      // It may have waited in vain for another verb of this request.
      if (error instanceof UnavailableError) this.#forget();
      throw error;
    }
  }

  /**
   * Moves the session to a new key, and sends the client a new token. Without a mutation it does
   * nothing if there is no session.
   */
  rotate(
    mutation: Mutation<Value> | undefined,
    { restart }: RotateOptions,
    deadline: Deadline,
  ): Promise<Result<Value> | undefined> {
    return this.#alone(deadline, async () => {
      this.#refuseCrossOrigin();
      if (this.#hasEnded && mutation !== undefined) {
        // This request has ended the session, and now begins another.
        this.#use(undefined);
        this.#hasEnded = this.#isRemoved = this.#isSeen = false;
        return this.#create(mutation, true, deadline).catch((error: unknown) => {
          this.#hasEnded = true;
          throw error;
        });
      }
      for (let mints = 1; mints <= MAX_MINTS; mints++) {
        if (this.#hasEnded) throw this.#ended();
        const locating = this.locate("write", deadline);
        const from = locating instanceof Promise ? await locating : locating;
        if (from === undefined) return mutation && this.#create(mutation, true, deadline);
        const token = newToken();
        const to = this.#carrier.keyPrefix + token.key;
        const { storage } = this;
        const options = { mutation, restart, beforeCommit: () => this.#refuseClosed() };
        const move = await moveRecord(storage, from, to, options, deadline);
        if (move === "taken") continue;
        if (move.absence === undefined) {
          const previous = storage.events.fingerprint(from);
          storage.events.emit({ type: "rotated", previous }, to);
          await this.#adopt(token, move, deadline);
          return move;
        }
        if (move.wasSeen) this.#isSeen = true;
        this.#lose(from, move.absence);
      }
      throw brokenGenerator();
    });
  }

  async #end(deadline: Deadline): Promise<boolean> {
    this.#refuseCrossOrigin();
    if (this.#isRemoved) return false;
    const { tokens, excess } = this.#read();
    const keys = new Set([...tokens, ...excess].map((it) => this.#carrier.keyPrefix + it.key));
    if (this.#driverKey !== undefined) keys.add(this.#driverKey);
    for (const key of keys) refuseInside(this.storage, key);
    // Events about later verbs name the session that was meant.
    if (!this.#isChosen && tokens.length < 2) this.#use(tokens[0]);
    this.#forget();
    const wasLive = await endRecords(this.storage, keys, deadline);
    this.#isRemoved = true;
    return wasLive;
  }

  /** Lets the client forget its token, also where the driver fails and the session lives on. */
  #forget(): void {
    const { tokens, excess, rejected } = this.#read();
    this.#hasEnded = true;
    const isPresented = tokens.length + excess.length + rejected.length > 0;
    this.#queueCookie(isPresented ? "clear" : undefined);
  }

  async #create(
    mutation: Mutation<Value>,
    retain: boolean,
    deadline: Deadline,
  ): Promise<Result<Value>> {
    const { storage } = this;
    const computing = nextValue(storage, mutation, undefined, this, deadline);
    const first = (await computing) as Serialized<Value>;
    for (let mints = 1; mints <= MAX_MINTS; mints++) {
      this.#refuseClosed();
      const token = newToken();
      const driverKey = this.#carrier.keyPrefix + token.key;
      const result = await createValue(storage, driverKey, first, retain, deadline);
      if (result === undefined) continue;
      if (this.closedBecause !== undefined) {
        // The response left during the write, so no client will get the token.
        await endRecord(storage, driverKey, deadline);
        this.#refuseClosed();
      }
      await this.#adopt(token, result, deadline);
      return result;
    }
    throw brokenGenerator();
  }

  /** Takes over a token and lets the client know. Returns a promise only where that takes time. */
  #adopt(
    token: PresentedToken,
    { createdAt = 0 }: Result<Value>,
    deadline: Deadline,
  ): Promise<void> | undefined {
    this.#use(token);
    this.#isSeen = true;
    this.wasLive = true;
    // A removal that has waited in vain for this has told the client already.
    if (this.#hasEnded) return undefined;
    const failure = this.#queueCookie({ token: token.token, createdAt });
    return failure === undefined ? undefined : this.#checkCookie(failure, deadline);
  }

  /** Ends the session if its client could not be told its key, and rejects. */
  async #checkCookie(failure: unknown, deadline: Deadline): Promise<void> {
    const cause = await failure;
    if (cause === undefined) return;
    const driverKey = this.#driverKey as string;
    this.#hasEnded = true;
    this.cookie = undefined;
    // Where this fails too, the record is left to expire: nobody knows its token.
    await endRecord(this.storage, driverKey, deadline).catch(() => {});
    throw cookieNotSet(cause);
  }

  /** Returns whether a verb is done that found no session, as `accept` does. */
  async #acceptAbsence(
    verb: Verb,
    driverKey: string,
    absence: AbsenceReason,
    deadline: Deadline,
  ): Promise<boolean> {
    await this.#exclusive.wait(deadline);
    // This request itself has moved or removed the session meanwhile.
    if (this.#hasEnded || this.#driverKey !== driverKey) return false;
    if (verb === "write" || verb === "update") this.#lose(driverKey, absence);
    return verb !== "write";
  }

  /** Drops a token that has no session. */
  #lose(driverKey: string, absence: AbsenceReason): void {
    this.#miss(driverKey, absence);
    if (this.#isSeen || absence === "moved") throw this.#ended();
    this.#use(undefined);
  }

  /**
   * Notes that a token has no session: no cookie is sent. Emits an event if this request never saw
   * one.
   */
  #miss(driverKey: string, absence: AbsenceReason): void {
    if (this.#driverKey === driverKey && typeof this.cookie === "object")
      this.#queueCookie(undefined);
    if (absence !== "absent" || this.#isSeen || this.#isReported) return;
    this.#isReported = true;
    this.storage.events.emit({ type: "rejected", reason: "unknown" }, driverKey);
  }

  /** Says what has become of the cookie. Returns what kept it from being set: a loss if it is new. */
  #queueCookie(cookie: CookieUpdate | undefined): unknown {
    if (this.closedBecause !== undefined) return undefined;
    this.cookie = cookie;
    return this.#carrier.updated(this.source, cookie);
  }

  /** Returns the client's tokens, which are read once. */
  #read(): Credentials {
    if (this.#credentials === undefined) {
      this.#credentials = this.#carrier.transport.read(this.source);
      for (const reason of this.#credentials.rejected)
        this.storage.events.emit({ type: "rejected", reason });
    }
    return this.#credentials;
  }

  /** Chooses one of several tokens. */
  #choose({ tokens }: Credentials, deadline: Deadline): Promise<void> {
    // If it fails, for example because the driver is down, the next verb tries again.
    this.#choosing ??= chooseToken(this.storage, tokens, this.#carrier.keyPrefix, deadline)
      .then((token) => {
        // A verb may have removed everything meanwhile.
        if (!this.#isChosen) this.#use(token);
      })
      .finally(() => {
        this.#choosing = undefined;
      });
    return this.#choosing;
  }

  #use(token: PresentedToken | undefined): void {
    this.#isChosen = true;
    this.#token = token;
    this.#driverKey = token && this.#carrier.keyPrefix + token.key;
  }

  /** Runs a verb that may start, move or remove the record, after all others of that kind. */
  async #alone<Answer>(deadline: Deadline, run: () => Promise<Answer>): Promise<Answer> {
    this.isUsed = true;
    refuseInside(this.storage, this);
    return this.#exclusive.run(deadline, run);
  }

  #refuseCrossOrigin(): void {
    if (this.#read().rejected.includes("cross-origin")) throw crossOrigin();
  }

  #refuseClosed(): void {
    if (this.closedBecause !== undefined) throw new UsageError(this.closedBecause);
  }

  #ended(): SessionEndedError {
    if (this.#driverKey !== undefined) this.storage.events.emit({ type: "ended" }, this.#driverKey);
    return sessionEnded();
  }
}
