import { ConfigurationError } from "../errors.ts";
import { CombinedEdge } from "../http/combined-edge.ts";
import { edgeOf, setEdge, type types } from "../http/edge.ts";
import { RequestSessions, wrapHandler } from "../http/request-sessions.ts";
import { showSummary } from "../util/show-summary.ts";
import type { Conflict } from "./handler.ts";
import type { SessionTypes } from "./infer.ts";

/** A definition, as `combine` takes it. */
export interface CombinedPart {
  /** The request property. */
  readonly name: string;
  /** Returns the session that was opened on a request. */
  readonly of: (request: object) => unknown;
  /** Types only; never there at run time. */
  readonly [types]: SessionTypes<
    unknown,
    unknown,
    unknown,
    unknown,
    unknown,
    (request: never, ...args: never) => unknown
  >;
}

type MountOf<Part extends CombinedPart> = Part[typeof types]["mount"];

/** The requests that all `keyFn`s take. */
type RequestOf<Parts extends readonly CombinedPart[]> = Parts extends readonly [
  infer First extends CombinedPart,
  ...infer Rest extends readonly CombinedPart[],
]
  ? Parameters<MountOf<First>>[0] & RequestOf<Rest>
  : unknown;

/** The further arguments that all `keyFn`s take. */
type ArgsOf<Parts extends readonly CombinedPart[]> = Parts extends readonly [
  infer First extends CombinedPart,
  ...infer Rest extends readonly CombinedPart[],
]
  ? MountOf<First> extends (request: never, ...args: infer Args) => unknown
    ? Merged<Args, ArgsOf<Rest>>
    : []
  : [];

/** Arguments that serve both functions. */
type Merged<One extends unknown[], Other extends unknown[]> = One extends []
  ? Other
  : Other extends []
    ? One
    : [One, Other] extends [[infer First, ...infer Rest], [infer OtherFirst, ...infer OtherRest]]
      ? [First & OtherFirst, ...Merged<Rest, OtherRest>]
      : One extends [...Other, ...unknown[]]
        ? One
        : Other;

/** The sessions of all definitions, by their names. */
type HandlesOf<Parts extends readonly CombinedPart[]> = Parts extends readonly [
  infer First extends CombinedPart,
  ...infer Rest extends readonly CombinedPart[],
]
  ? ReturnType<MountOf<First>> & HandlesOf<Rest>
  : unknown;

/** The definitions themselves. A sentence takes the place of one whose name another one has. */
type Distinct<Parts extends readonly CombinedPart[]> = {
  [Index in keyof Parts]: Parts[Index]["name"] extends NameOfOthers<Parts, Index>
    ? `request.${Parts[Index]["name"]} is set twice: give one of the session definitions another name`
    : Parts[Index];
};

type NameOfOthers<Parts extends readonly CombinedPart[], Index> = {
  [Other in keyof Parts]: Other extends Index ? never : Parts[Other]["name"];
}[number];

/**
 * The request that a handler behind `wrap` of several definitions gets: what the handler or the
 * definitions around it ask for, with the sessions. If the handler asks for something else in the
 * place of one, this type is a sentence.
 */
export type CombinedRequest<HandlerReq, Req, Handles> = [HandlerReq] extends [never]
  ? Req & Handles
  : [ConflictOf<HandlerReq, Handles>] extends [never]
    ? HandlerReq & Req & Handles
    : ConflictOf<HandlerReq, Handles>;

/** Sentences on the sessions in whose place a handler expects something else. */
type ConflictOf<HandlerReq, Handles> = {
  [Name in keyof HandlerReq & keyof Handles & string]: [Handles[Name]] extends [HandlerReq[Name]]
    ? never
    : Conflict<Name, Handles[Name], HandlerReq[Name]>;
}[keyof HandlerReq & keyof Handles & string];

/** A request on which the properties are free. */
type Unmounted<Req, Handles> = keyof Req & keyof Handles extends never
  ? Req & { readonly [Name in keyof Handles]?: never }
  : Omit<Req, keyof Handles>;

/**
 * What `combine` returns. Its members do not depend on `this`, so you can destructure it.
 *
 * @typeParam Req - the request that every `keyFn` takes
 * @typeParam Args - the further arguments that the `keyFn`s take
 * @typeParam Handles - the sessions, by the names of their definitions
 */
export interface CombinedSessions<Req, Args extends unknown[], Handles> {
  /**
   * The stages of a router, both of them: `before` opens the sessions, `finally` completes the
   * response. Spread it into the options of itty-router's `Router` or `AutoRouter`. With a
   * `finally` of your own, keep this one behind what makes the `Response`: `finally: [json,
   * ...web.router.finally]`.
   *
   * @example
   * ```ts
   * const router = Router<typeof web.Request>({ ...web.router, catch: error });
   * ```
   */
  readonly router: {
    /** Opens the sessions and sets the request properties. */
    readonly before: [(request: Req & Handles, ...args: Args) => Promise<void>];
    /** Completes the response, as `finalize` of every definition does. */
    readonly finally: [<Result>(response: Result, request: Req & Handles) => Result];
  };

  /**
   * Opens the sessions before a fetch-style handler, and completes the response behind it: `wrap`
   * of all definitions in one. All `keyFn`s run side by side.
   *
   * @example
   * ```ts
   * export default { fetch: web.wrap(async (request) => new Response(`${await request.hits.find()}`)) };
   * ```
   */
  readonly wrap: <
    HandlerReq = Req,
    HandlerArgs extends [...Args, ...unknown[]] = [...Args, ...unknown[]],
    Result = unknown,
  >(
    handler: (request: CombinedRequest<HandlerReq, Req, Handles>, ...args: HandlerArgs) => Result,
  ) => (
    request: Unmounted<HandlerReq & Req, Handles>,
    ...args: HandlerArgs
  ) => Promise<Awaited<Result>>;

  /**
   * Returns the sessions that were opened on this request, by their names. Takes the request of any
   * router, as `of` of a definition does.
   *
   * @throws UsageError if they were not opened on it
   */
  readonly of: (request: object) => Handles;

  /** The request with its sessions: `typeof web.Request`. Types only; never there at run time. */
  readonly Request: Req & Handles;

  /** Types only; never there at run time. */
  readonly [types]: {
    /** What the `keyFn`s take, and the sessions that a request then has. */
    readonly mount: (request: Req, ...args: Args) => Handles;
  };
}

/**
 * Combines definitions whose sessions are on one request: one `wrap`, one pair of stages for a
 * router, one type of request. The adapters take it too: `honoSession(web)`.
 *
 * @param definitions - what `defineSession` returned, each with another name
 * @throws ConfigurationError if two have one name, or `defineSession` did not return one
 * @example
 * ```ts
 * const web = combine(users, carts);
 * const router = Router<typeof web.Request>({ ...web.router });
 * router.get("/", async ({ users, carts }) => {
 *   const [user, cart] = await Promise.all([users.find(), carts.find()]);
 *   return Response.json({ user, cart });
 * });
 * ```
 */
export function combine<Parts extends readonly CombinedPart[]>(
  ...definitions: Distinct<Parts>
): CombinedSessions<RequestOf<Parts>, ArgsOf<Parts>, HandlesOf<Parts>> {
  const parts: readonly CombinedPart[] = definitions;
  const edges = parts.map((part) => {
    const edge = edgeOf("combine", part);
    if (edge instanceof RequestSessions) return edge;
    throw new ConfigurationError("combine takes session definitions, not what it returned itself.");
  });
  const edge = new CombinedEdge(edges);
  for (const [index, name] of edge.names.entries()) {
    if (edge.names.indexOf(name) === index) continue;
    throw new ConfigurationError(
      `request.${name} is set twice: give one of the session definitions another name.`,
    );
  }
  // `Request` is there for the compiler only.
  const members: object = {
    router: {
      before: [(request: object, ...args: unknown[]) => edge.attach(request, args)],
      finally: [edge.finalize],
    },
    wrap: (handler: () => unknown) => wrapHandler(edge, handler),
    of: (request: object) => Object.fromEntries(edges.map((it) => [it.names[0], it.of(request)])),
  };
  showSummary(members, "CombinedSessions", () => ({ names: edge.names }));
  setEdge(members, edge);
  return members as CombinedSessions<RequestOf<Parts>, ArgsOf<Parts>, HandlesOf<Parts>>;
}
