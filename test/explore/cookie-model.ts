import type { Model } from "../races/linearizable.ts";
import { same, type Value } from "./keyed-model.ts";

/** The verbs of a session by cookie. */
export const COOKIE_VERBS = [
  "find",
  "update",
  "rotate",
  "remove",
  "upsert",
  "insert",
  "swap",
  "take",
  "touch",
  "sign in",
] as const;

/**
 * What a request does, what a server does to the key that the session was started under, and what a
 * token opens in the end.
 */
export type CookieVerb =
  | (typeof COOKIE_VERBS)[number]
  | "begins to remove"
  | "has tried to remove"
  | "begins afresh"
  | "has seen"
  | "responds"
  | "opens"
  | "server finds"
  | "server updates"
  | "server removes";

/** One call, and what came of it. */
export interface CookieOutcome {
  readonly verb: CookieVerb;
  /** Which request makes it; every request presents the first token. */
  readonly request: number;
  /** Tells calls apart. */
  readonly id: string;
  /**
   * Whether it began before its request was done with a removal, so that it may not have noticed
   * one.
   */
  readonly isEarly: boolean;
  /** What it gave, unless it failed. */
  readonly gave: unknown;
  /**
   * Whether it was done, failed in a way that does not tell, or is known to have changed nothing.
   */
  readonly is: "done" | "unknown" | "unchanged";
}

/** What a verb gives that rejects because the session has ended. */
export const ENDED = "ended";

/** What one request holds. */
interface Client {
  /** The token that it goes by. */
  readonly token: string | undefined;
  /** Whether one of its verbs has seen the session live. */
  readonly hasSeen: boolean;
  /** Whether it is removing the session: it may see that already or not. */
  readonly isEnding: boolean;
  /** Whether it has removed the session, or tried to. */
  readonly hasEnded: boolean;
  /** Whether its removal has succeeded. */
  readonly hasRemoved: boolean;
  /** Whether its response tells the client to forget its token. */
  readonly isCleared: boolean;
}

/** All sessions that there are, by token, where those went that moved, and what requests hold. */
export interface World {
  readonly sessions: Readonly<Record<string, Value>>;
  readonly moved: Readonly<Record<string, string>>;
  readonly clients: readonly Client[];
}

/** The token that all requests present. */
const FIRST = "first";

/** The world before any request. */
export function worldOf(first: Value, requests: number): World {
  const client: Client = {
    token: FIRST,
    hasSeen: false,
    isEnding: false,
    hasEnded: false,
    hasRemoved: false,
    isCleared: false,
  };
  return { sessions: { [FIRST]: first }, moved: {}, clients: Array(requests).fill(client) };
}

/** What a call may give, and the world behind it. */
interface Way {
  readonly gave: unknown;
  readonly next: World;
}

/** The value that a call stores where there is none. */
export function initialOf(id: string): Value {
  return { by: id, n: 1, flash: id };
}

/**
 * Sessions by cookie: every verb happens as a whole, at one moment.
 *
 * @param losesNone - whether a rotation that failed must have left the session where it was
 */
export function cookies(losesNone: boolean): Model<World, CookieOutcome> {
  return (world, outcome) => after(world, outcome, losesNone);
}

function after(world: World, outcome: CookieOutcome, losesNone: boolean): readonly World[] {
  const ways = waysOf(world, outcome);
  if (outcome.is === "done") {
    return ways.filter((it) => same(it.gave, outcome.gave)).map((it) => it.next);
  }
  const { verb, request } = outcome;
  // A removal has several keys to go through: it may have ended one, and lost to others on the
  // next.
  if (outcome.is === "unchanged" && verb !== "remove") return [world];
  // Whoever was not answered holds what it held; but a sign-in after a removal begins afresh.
  const held = world.clients[request] as Client;
  const mayMove = !losesNone || (verb !== "rotate" && verb !== "sign in");
  const moved = mayMove ? ways.map((it) => withClient(it.next, request, held)) : [];
  const outcomes = [world, ...moved];
  if (verb !== "sign in" || !held.hasEnded) return outcomes;
  return [...outcomes, ...outcomes.map((it) => withClient(it, request, { ...held, ...AFRESH }))];
}

const GONE = { isEnding: false, hasEnded: true, isCleared: true } as const;
const AFRESH = { token: undefined, hasSeen: false, hasEnded: false, hasRemoved: false } as const;

function waysOf(world: World, outcome: CookieOutcome): Way[] {
  const { isEnding, hasEnded, hasRemoved } = world.clients[outcome.request] as Client;
  const hasOverlooked = hasEnded && !hasRemoved && outcome.isEarly;
  if (!isEnding && !hasOverlooked) return waysIf(hasEnded, world, outcome);
  return [...waysIf(false, world, outcome), ...waysIf(true, world, outcome)];
}

function waysIf(hasEnded: boolean, world: World, { verb, request, id }: CookieOutcome): Way[] {
  const client = world.clients[request] as Client;
  const { token } = client;
  const value = token === undefined ? undefined : world.sessions[token];
  const still = (gave: unknown): Way[] => [{ gave, next: world }];
  const stored = (gave: unknown, next: Value): Way[] => [
    { gave, next: withSession(world, token as string, next) },
  ];
  switch (verb) {
    case "find":
      return still(hasEnded ? undefined : value);
    case "touch":
      return still(!hasEnded && value !== undefined);
    case "take": {
      if (hasEnded || value === undefined) return still(undefined);
      const { flash, ...others } = value;
      return stored(flash, others);
    }
    case "update":
      if (hasEnded) return [{ gave: ENDED, next: world }];
      if (value !== undefined) return stored(counted(value), counted(value));
      return missing(world, client, still(undefined));
    case "insert":
    case "swap":
    case "upsert": {
      if (hasEnded) return [{ gave: ENDED, next: world }];
      if (value === undefined) return missing(world, client, started(world, request, verb, id));
      const next = verb === "upsert" ? counted(value) : initialOf(id);
      return stored(verb === "swap" ? value : next, next);
    }
    case "rotate":
      if (hasEnded) return [{ gave: ENDED, next: world }];
      if (value === undefined) return missing(world, client, still(undefined));
      return [{ gave: undefined, next: moved(world, request, id, value) }];
    case "sign in": {
      if (hasEnded) {
        const afresh = withClient(world, request, { ...client, ...AFRESH });
        return started(afresh, request, verb, id);
      }
      if (value === undefined) return missing(world, client, started(world, request, verb, id));
      return [{ gave: counted(value), next: moved(world, request, id, counted(value)) }];
    }
    case "has seen":
      return [{ gave: undefined, next: withClient(world, request, { ...client, hasSeen: true }) }];
    case "begins to remove":
      if (client.hasEnded) return still(undefined);
      return [{ gave: undefined, next: withClient(world, request, { ...client, isEnding: true }) }];
    case "has tried to remove":
      return [{ gave: undefined, next: withClient(world, request, { ...client, ...GONE }) }];
    case "begins afresh":
      if (!hasEnded) return still(undefined);
      return [{ gave: undefined, next: withClient(world, request, { ...client, ...AFRESH }) }];
    case "remove":
      return removed(world, request, client);
    case "responds":
      return responses(world, client).map((gave) => ({ gave, next: world }));
    case "opens":
      return still(value);
    case "server finds":
      return [{ gave: world.sessions[FIRST], next: world }];
    case "server updates": {
      const first = world.sessions[FIRST];
      if (first === undefined) return [{ gave: undefined, next: world }];
      return [{ gave: counted(first), next: withSession(world, FIRST, counted(first)) }];
    }
    case "server removes": {
      const home = homeOf(world, FIRST);
      return [{ gave: home in world.sessions, next: withSession(world, home, undefined) }];
    }
  }
}

/** What may come of a verb where the request's token opens nothing. */
function missing(world: World, { token, hasSeen }: Client, without: Way[]): Way[] {
  if (token === undefined) return without;
  const ended = { gave: ENDED, next: world };
  // No session begins in the place of one that was seen, or that has moved.
  return hasSeen || token in world.moved ? [ended] : [...without, ended];
}

function started(world: World, request: number, verb: CookieVerb, id: string): Way[] {
  const client = world.clients[request] as Client;
  const next = withSession(world, id, initialOf(id));
  const gave = verb === "swap" ? undefined : initialOf(id);
  return [{ gave, next: withClient(next, request, { ...client, token: id }) }];
}

function moved(world: World, request: number, to: string, value: Value): World {
  const client = world.clients[request] as Client;
  const from = client.token as string;
  const next = withSession(withSession(world, from, undefined), to, value);
  return withClient({ ...next, moved: { ...world.moved, [from]: to } }, request, {
    ...client,
    token: to,
  });
}

/** Ends what the request presents, and what it holds. One of both may fail. */
function removed(world: World, request: number, client: Client): Way[] {
  if (client.hasRemoved) return [{ gave: false, next: world }];
  const homes = [FIRST, client.token ?? FIRST].map((it) => homeOf(world, it));
  const gave = homes.some((it) => it in world.sessions);
  const next = homes.reduce((it, home) => withSession(it, home, undefined), world);
  return [{ gave, next: withClient(next, request, { ...client, ...GONE, hasRemoved: true }) }];
}

/** Where a session lives now. */
function homeOf({ moved }: World, token: string): string {
  const next = moved[token];
  return next === undefined ? token : homeOf({ moved } as World, next);
}

/** What a response may tell its client. */
function responses({ sessions }: World, { token, isCleared }: Client): string[] {
  const hasNew = token !== undefined && token !== FIRST;
  const otherwise = isCleared ? "clear" : "nothing";
  if (!hasNew) return [otherwise];
  if (isCleared) return ["token", "clear"];
  // A verb may have found that the new session has ended already.
  return token in sessions ? ["token"] : ["token", "nothing"];
}

function counted(value: Value): Value {
  return { ...value, n: value.n + 1 };
}

function withSession(world: World, token: string, value: Value | undefined): World {
  const { [token]: _, ...others } = world.sessions;
  return { ...world, sessions: value === undefined ? others : { ...others, [token]: value } };
}

function withClient(world: World, request: number, client: Client): World {
  return { ...world, clients: world.clients.with(request, client) };
}
