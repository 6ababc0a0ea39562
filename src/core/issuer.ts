import { UsageError } from "./errors.ts";
import { IssuedRecord, type IssuingOptions, type Outcome } from "./issued-record.ts";
import type { TokenCarrier } from "./key-source.ts";
import type { Lifetime } from "./lifetime.ts";
import {
  addVary,
  editHeaders,
  forbidStoring,
  isResponse,
  keepPrivate,
  withHeaders,
} from "./response.ts";
import { IssuedSessionHandle, SessionHandle } from "./session.ts";
import { unref } from "./timer.ts";

/** How long a response that has something to tell may take before its being missing is told, in milliseconds. */
const PATIENCE = 10_000;

/** The longest that a cookie may be kept, in seconds: 400 days (RFC 6265bis section 5.5). */
const MAX_AGE = 34_560_000;

/** The parts of a definition whose keys are issued. */
export interface IssuerOptions<Key, Value, Req extends object>
  extends Omit<IssuingOptions<Key, Value>, "renews"> {
  readonly name: string;
  readonly lifetime: Lifetime;
  /** Whether the definition asked for its lifetime, so that cookies outlive the browser. */
  readonly isLifetimeChosen: boolean;
  readonly carrier: TokenCarrier<Req>;
}

/** Opens the one session of a request under a key that this server issues, and completes the response. */
export class Issuer<Key, Value, Write, Req extends object> {
  readonly #options: IssuerOptions<Key, Value, Req>;
  readonly #issuing: IssuingOptions<Key, Value>;
  readonly #handles = new WeakMap<object, IssuedSessionHandle<Key, Value, Write>>();
  readonly #timers = new WeakMap<object, ReturnType<typeof setTimeout>>();
  #hasFinalized = false;
  #hasWarned = false;

  constructor(options: IssuerOptions<Key, Value, Req>) {
    this.#options = options;
    const renews = this.#isPersistent && options.lifetime.endsByIdlenessAlone;
    this.#issuing = { ...options, renews };
  }

  /** Gives the session of a request: always the same one. */
  open(request: Req): IssuedSessionHandle<Key, Value, Write> {
    const present = this.#find(request);
    if (present !== undefined) return present;
    const record: IssuedRecord<Key, Value> = new IssuedRecord(
      this.#issuing,
      () => this.#options.carrier.read(request),
      () => this.#expectResponse(record),
    );
    const handle = new IssuedSessionHandle<Key, Value, Write>(record);
    this.#handles.set(request, handle);
    return handle;
  }

  /** Puts on a response what its client has to be told; again if it is asked again. Gives anything else back as it is. */
  complete<Response>(response: Response, request: Req): Response {
    const record = this.#recordOf(this.#find(request));
    if (record === undefined) return response;
    this.#hasFinalized = true;
    const outcome = this.#close(record);
    if (isResponse(response)) return this.#completed(response, record, outcome) as Response;
    if (outcome === undefined) return response;
    const { name } = this.#options;
    throw new UsageError(
      `"finalize" of the session "${name}" was given no Response, so there is nothing to put its cookie on. Put it behind what makes the Response, such as: finally: [json, ${name}.finalize].`,
    );
  }

  #completed(
    response: Response,
    record: IssuedRecord<Key, Value>,
    outcome: Outcome | undefined,
  ): Response {
    const { carrier } = this.#options;
    if (!record.isUsed) return response;
    if (outcome === undefined) {
      return editHeaders(response, (headers) => {
        addVary(headers, carrier.header);
        if (record.wasLive) keepPrivate(headers);
      });
    }
    return withHeaders(response, (headers) => {
      addVary(headers, carrier.header);
      if (outcome === "clear") carrier.clear(headers);
      else carrier.write(headers, outcome.token, this.#maxAge(outcome.createdAt));
      forbidStoring(headers);
    });
  }

  /** For how many whole seconds a client should keep a token. Rounded down, so that no clock is outlived. */
  #maxAge(createdAt: number): number | undefined {
    if (!this.#isPersistent) return undefined;
    const { lifetime } = this.#options;
    const age = lifetime.cookieAge(createdAt, lifetime.now());
    if (age === undefined) return MAX_AGE;
    // Zero would tell the client to forget a session that is still there.
    return Math.max(1, Math.min(MAX_AGE, Math.floor(age / 1000)));
  }

  /** Whether the client should keep its token when it is closed. */
  get #isPersistent(): boolean {
    const { carrier, isLifetimeChosen, lifetime } = this.#options;
    return carrier.persistent ?? (isLifetimeChosen && lifetime.limited);
  }

  /** The session that was opened for this request. Routers hand out proxies, so it is looked for on the request first. */
  #find(request: Req): IssuedSessionHandle<Key, Value, Write> | undefined {
    const { name, records } = this.#options;
    const property: unknown = Reflect.get(request, name);
    return SessionHandle.recordOf(records, property) === undefined
      ? this.#handles.get(request)
      : (property as IssuedSessionHandle<Key, Value, Write>);
  }

  #recordOf(handle: unknown): IssuedRecord<Key, Value> | undefined {
    const record = SessionHandle.recordOf(this.#options.records, handle);
    return record instanceof IssuedRecord ? record : undefined;
  }

  #close(record: IssuedRecord<Key, Value>): Outcome | undefined {
    clearTimeout(this.#timers.get(record));
    return record.close();
  }

  /** A response stage that was forgotten would lose every session, and say nothing. */
  #expectResponse(record: IssuedRecord<Key, Value>): void {
    if (this.#timers.has(record)) return;
    const { events, name } = this.#options;
    const timer = setTimeout(() => {
      events.tell({ type: "unfinalized" });
      if (this.#hasFinalized || this.#hasWarned) return;
      this.#hasWarned = true;
      console.warn(
        `zession: a request changed its session "${name}", but no response was finalized, so the client was sent no cookie. Add finalize to the router (finally: [${name}.finalize]) or wrap the handler (${name}.wrap(handler)).`,
      );
    }, PATIENCE);
    this.#timers.set(record, unref(timer));
  }
}
