import { ConflictError, CrossOriginError, SessionEndedError, UsageError } from "../errors.ts";
import type { Credentials, PresentedToken } from "../keys/key-source.ts";
import { newToken } from "../keys/token.ts";
import type { Deadline } from "../storage/deadline.ts";
import { moveRecord } from "../storage/move-record.ts";
import { type Mutation, nextValue, refuseInside } from "../storage/mutation.ts";
import { endRecord } from "../storage/remove-record.ts";
import type { Serialized } from "../storage/serialization.ts";
import type { AbsenceReason, Result, Storage } from "../storage/storage.ts";
import { createValue } from "../storage/write-value.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { Carrier, CookieUpdate } from "./carrier.ts";
import { chooseToken } from "./choose-token.ts";
import { Exclusive } from "./exclusive.ts";
import type { RotateOptions } from "./session.ts";
import type { SessionKind, Verb } from "./session-kind.ts";

/** How often a token is minted anew because there is a session of it already. The second time the generator is broken. */
const MAX_MINTS = 8;

/**
 * The session of one request, under a key that this server issues: minted when the first value is written, changed by
 * `rotate`, given up for good when the session goes away.
 *
 * A token that the client presents counts only if there is a live record of it; nothing is ever started under another.
 * Once a verb has seen the record live, its absence means that it ended meanwhile, and no verb of this request starts
 * a new one. Neither does any verb where the presented token was rotated away a moment ago.
 */
export class IssuedSession<Value, Source = unknown>
  implements SessionKind<string | undefined, Value>
{
  readonly storage: Storage<Value>;
  readonly mayCreate = false;
  isUsed = false;
  wasLive = false;
  /** What the response has to say about the cookie. */
  cookie: CookieUpdate | undefined;
  /** Set when the head of the response leaves: no cookie can be sent any more. */
  isClosed = false;
  /** Where the tokens of this request are read from. */
  readonly source: Source;
  readonly #carrier: Carrier<Source>;
  #credentials: Credentials | undefined;
  #choosing: Promise<void> | undefined;
  /** Whether it is known which token is meant, if any. */
  #isChosen = false;
  #token: PresentedToken | undefined;
  /** The driver key of the token. */
  #driverKey: string | undefined;
  /** What starts, moves or removes the record. */
  readonly #exclusive: Exclusive = new Exclusive();
  /** Whether a verb came upon the record of the token while it was live. */
  #isSeen = false;
  #isReported = false;
  #hasEnded = false;
  #isRemoved = false;

  constructor(storage: Storage<Value>, carrier: Carrier<Source>, source: Source) {
    this.storage = storage;
    this.#carrier = carrier;
    this.source = source;
  }

  /** The key, once it is known that there is a session of it. What was merely sent is no key. */
  get key(): string | undefined {
    return this.#isSeen && !this.#hasEnded ? this.#token?.key : undefined;
  }

  locate(verb: Verb, deadline: Deadline): MaybePromise<string | undefined> {
    this.isUsed = true;
    if (verb !== "find") refuseInside(this.storage, this);
    const isWrite = verb === "write" || verb === "update";
    if (this.#hasEnded) {
      if (isWrite) throw this.#ended();
      return undefined;
    }
    const credentials = this.#credentials ?? this.#read();
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

  /** Deletes everything that the client presents, so that nothing it holds opens anything afterwards. */
  remove(deadline: Deadline): Promise<boolean> {
    return this.#alone(deadline, async () => {
      this.#refuseCrossOrigin();
      if (this.#isRemoved) return false;
      const { tokens, excess, rejected } = this.#read();
      const keys = new Set([...tokens, ...excess].map((it) => this.#carrier.keyPrefix + it.key));
      if (this.#driverKey !== undefined) keys.add(this.#driverKey);
      for (const key of keys) refuseInside(this.storage, key);
      this.#hasEnded = true;
      // Also where the driver fails: the client is to forget its token in any case.
      const isPresented = tokens.length + excess.length + rejected.length > 0;
      this.#queueCookie(isPresented ? "clear" : undefined);
      const endings = [...keys].map((key) => endRecord(this.storage, key, deadline));
      // All are tried before one that failed is reported.
      await Promise.allSettled(endings);
      const wereLive = await Promise.all(endings);
      this.#isRemoved = true;
      return wereLive.includes(true);
    });
  }

  /**
   * Gives the session a new key, and the client a new token. Without a mutation it does nothing where there is no session.
   */
  rotate(
    mutation: Mutation<Value> | undefined,
    { restart }: RotateOptions,
    deadline: Deadline,
  ): Promise<Result<Value> | undefined> {
    return this.#alone(deadline, async () => {
      this.#refuseCrossOrigin();
      if (this.#hasEnded && mutation !== undefined) this.#startOver();
      for (let mints = 1; mints <= MAX_MINTS; mints++) {
        this.#refuseEnded();
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
          this.#adopt(token, move);
          return move;
        }
        if (move.wasSeen) this.#isSeen = true;
        this.#lose(from, move.absence);
      }
      throw brokenGenerator();
    });
  }

  async #create(
    mutation: Mutation<Value>,
    retain: boolean,
    deadline: Deadline,
  ): Promise<Result<Value>> {
    const { storage } = this;
    const first = (await nextValue(
      storage,
      mutation,
      undefined,
      this,
      deadline,
    )) as Serialized<Value>;
    for (let mints = 1; mints <= MAX_MINTS; mints++) {
      this.#refuseClosed();
      const token = newToken();
      const driverKey = this.#carrier.keyPrefix + token.key;
      const result = await createValue(storage, driverKey, first, retain, deadline);
      if (result === undefined) continue;
      if (this.isClosed) {
        // The response left while this was being written: nobody would ever know the token.
        await endRecord(storage, driverKey, deadline);
        this.#refuseClosed();
      }
      this.#adopt(token, result);
      return result;
    }
    throw brokenGenerator();
  }

  /** Takes a token for the one of this session and lets the client know. */
  #adopt(token: PresentedToken, { createdAt = 0 }: Result<Value>): void {
    this.#use(token);
    this.#isSeen = true;
    this.wasLive = true;
    this.#queueCookie({ token: token.token, createdAt });
  }

  /** Forgets the session that this request has ended, so that it can begin another. */
  #startOver(): void {
    this.#use(undefined);
    this.#hasEnded = false;
    this.#isRemoved = false;
    this.#isSeen = false;
  }

  /** Decides what it means for a verb that there is no session under the key. */
  async #acceptAbsence(
    verb: Verb,
    driverKey: string,
    absence: AbsenceReason,
    deadline: Deadline,
  ): Promise<boolean> {
    await this.#exclusive.wait(deadline);
    // This request has itself moved or removed the session meanwhile.
    if (this.#hasEnded || this.#driverKey !== driverKey) return false;
    if (verb === "write" || verb === "update") this.#lose(driverKey, absence);
    return verb !== "write";
  }

  /** Gives a token up that there is no session of. */
  #lose(driverKey: string, absence: AbsenceReason): void {
    this.#miss(driverKey, absence);
    if (this.#isSeen || absence === "moved") throw this.#ended();
    this.#use(undefined);
  }

  /** There is no session of a token: nothing to send. If there never was one in this request, that is worth an event. */
  #miss(driverKey: string, absence: AbsenceReason): void {
    if (this.#driverKey === driverKey && typeof this.cookie === "object")
      this.#queueCookie(undefined);
    if (absence !== "absent" || this.#isSeen || this.#isReported) return;
    this.#isReported = true;
    this.storage.events.emit({ type: "rejected", reason: "unknown" }, driverKey);
  }

  #queueCookie(cookie: CookieUpdate | undefined): void {
    if (this.isClosed) return;
    this.cookie = cookie;
    this.#carrier.updated(this.source, cookie);
  }

  /** Finds what the client presents, once. */
  #read(): Credentials {
    if (this.#credentials === undefined) {
      this.#credentials = this.#carrier.transport.read(this.source);
      for (const reason of this.#credentials.rejected)
        this.storage.events.emit({ type: "rejected", reason });
    }
    return this.#credentials;
  }

  /** Finds out which of several tokens is meant. */
  #choose({ tokens }: Credentials, deadline: Deadline): Promise<void> {
    // Where it fails, such as for a driver that is down, the next verb tries again.
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

  /** Runs what may start, move or remove the record, one after another. */
  async #alone<Answer>(deadline: Deadline, run: () => Promise<Answer>): Promise<Answer> {
    this.isUsed = true;
    refuseInside(this.storage, this);
    return this.#exclusive.run(deadline, run);
  }

  #refuseCrossOrigin(): void {
    if (!this.#read().rejected.includes("cross-origin")) return;
    throw new CrossOriginError(
      "Another site made the browser send this request, so it has no session. If you expect such requests, name the site: cookieKey({ trustedOrigins: [...] }).",
    );
  }

  #refuseEnded(): void {
    if (this.#hasEnded) throw this.#ended();
  }

  #refuseClosed(): void {
    if (!this.isClosed) return;
    throw new UsageError(
      "The response was finalized before this session got its key, so its client cannot be told. Await every write before you respond.",
    );
  }

  #ended(): SessionEndedError {
    if (this.#driverKey !== undefined) this.storage.events.emit({ type: "ended" }, this.#driverKey);
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
