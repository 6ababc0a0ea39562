import { cookieKey, defineSession, isSessionError } from "zession";
import { z } from "zod";
import { CallLog, isLinearizable } from "../races/linearizable.ts";
import {
  COOKIE_VERBS,
  type CookieOutcome,
  type CookieVerb,
  cookies,
  ENDED,
  initialOf,
  worldOf,
} from "./cookie-model.ts";
import type { Explorer } from "./explore.ts";
import type { Value } from "./keyed-model.ts";

const VALUE = z.object({ by: z.string(), n: z.number(), flash: z.string().optional() });
const LIFETIMES = [undefined, false, { idle: "1h", absolute: "2h" }] as const;
const SERVER_VERBS = ["server finds", "server updates", "server removes"] as const;
/** The verbs that give the value of a live session. */
const SEEING: readonly CookieVerb[] = ["find", "update", "upsert", "insert", "swap", "sign in"];
const ORIGIN = "https://shop.example";
const FIRST: Value = { by: "start", n: 0, flash: "saved" };

/**
 * Several requests of one browser at once, each with a few verbs, and a server that uses the
 * session by its key.
 */
export const cookieSessions: Explorer = async ({
  choices,
  scheduler,
  time,
  driver,
  plain,
  name,
  count,
}) => {
  const lifetime = LIFETIMES[choices.pick(LIFETIMES.length)];
  const { touch: _, ...withoutTouch } = driver;
  const used = choices.pick(4) === 3 ? withoutTouch : driver;
  const define = (on: typeof driver) =>
    defineSession({
      name: name as "session",
      key: z.string(),
      value: VALUE,
      keyFn: cookieKey(),
      driver: on,
      timeout: "2s",
      ...(lifetime !== undefined && { lifetime }),
    });
  type Definition = ReturnType<typeof define>;
  type Handle = Awaited<ReturnType<Definition["fromRequest"]>>;
  const open = async (definition: Definition, cookie: string) => {
    const request = new Request(ORIGIN, cookie === "" ? {} : { headers: { cookie } });
    return { request, session: await definition.fromRequest(request) };
  };
  const cookieOf = (response: Response): string =>
    response.headers.getSetCookie()[0]?.split(";")[0] ?? "";

  const outside = define(plain);
  const start = await open(outside, "");
  await time.outside(() => start.session.insert(FIRST));
  const cookie = cookieOf(outside.finalize(new Response(), start.request));
  const key = start.session.key as string;

  const processes = Array.from({ length: 1 + choices.pick(2) }, () => define(used));
  // A definition that has never finalized a response warns when it waits for one in vain.
  for (const it of processes) it.finalize(new Response(), (await open(it, "")).request);
  const log = new CallLog<CookieOutcome>(scheduler.tick);
  /** The requests that are done with a removal. */
  const removers = new Set<number>();
  let calls = 0;
  const call = async (
    verb: CookieVerb,
    request: number,
    id: string,
    run: () => Promise<unknown>,
  ): Promise<void> => {
    const isEarly = !removers.has(request);
    const outcome = await log.call(
      async (): Promise<CookieOutcome> => ({
        verb,
        request,
        id,
        isEarly,
        ...(await outcomeOf(run)),
      }),
      ({ is }) => is === "unknown",
    );
    scheduler.trace.push(`${id}: ${outcome.is} ${JSON.stringify(outcome.gave)}`);
    if (verb === "remove") removers.add(request);
    const isDone = outcome.is === "done";
    const hasSeen = isDone && typeof outcome.gave === "object" && SEEING.includes(verb);
    const learns = hasSeen ? "has seen" : verb === "remove" && !isDone ? "has tried to remove" : "";
    if (learns !== "") {
      await log.call(async () => pseudo(learns, request, id));
    }
    count(outcome.gave === ENDED ? ENDED : outcome.is);
  };

  const perform = (session: Handle, verb: (typeof COOKIE_VERBS)[number], id: string) => {
    const isSlow = choices.pick(4) === 3;
    const initial = initialOf(id);
    const update = (it: Value): Value | Promise<Value> => {
      const next = { ...it, n: it.n + 1 };
      return isSlow ? scheduler.gate("thinks").then(() => next) : next;
    };
    switch (verb) {
      case "find":
      case "touch":
      case "remove":
        return session[verb]();
      case "rotate":
        return session.rotate();
      case "take":
        return session.take("flash");
      case "insert":
      case "swap":
        return session[verb](initial);
      case "update":
        return session.update(update);
      case "upsert":
        return session.upsert(initial, update);
      case "sign in":
        return session.rotate(initial, update, { restart: true });
    }
  };

  const requests = 2 + choices.pick(2);
  const answers: string[] = [];
  const work = Array.from({ length: requests }, async (_, index) => {
    const definition = processes[choices.pick(processes.length)] as Definition;
    const { request, session } = await open(definition, cookie);
    const verbs = Array.from(
      { length: 1 + choices.pick(3) },
      () => COOKIE_VERBS[choices.pick(COOKIE_VERBS.length)] as (typeof COOKIE_VERBS)[number],
    );
    const one = (verb: (typeof COOKIE_VERBS)[number]): Promise<void> => {
      const id = `request ${index} ${verb} ${++calls}`;
      return scheduler.as(id, async () => {
        await scheduler.gate("begins");
        const run = () => call(verb, index, id, () => Promise.resolve(perform(session, verb, id)));
        if (verb !== "remove" && verb !== "sign in") return run();
        // The request itself sees that its session ends, or begins afresh, before others can.
        const begins = verb === "remove" ? "begins to remove" : "begins afresh";
        await log.call(async () => {
          await run();
          return pseudo(begins, index, id);
        });
      });
    };
    if (choices.pick(3) === 2) await Promise.all(verbs.map(one));
    else for (const verb of verbs) await one(verb);
    await call("responds", index, `response ${index}`, async () => {
      const answer = cookieOf(definition.finalize(new Response(), request));
      answers[index] = answer;
      return answer === "" ? "nothing" : answer.endsWith("=") ? "clear" : "token";
    });
  });
  const server = scheduler.as("server", async () => {
    const [definition] = processes as [Definition];
    if (choices.pick(2) === 0) return;
    await scheduler.gate("begins");
    const verb = SERVER_VERBS[choices.pick(SERVER_VERBS.length)] as (typeof SERVER_VERBS)[number];
    await call(verb, 0, verb, async () => {
      if (verb === "server finds") return definition.store.find(key);
      if (verb === "server removes") return definition.store.remove(key);
      return definition.store.update(key, (it) => ({ ...it, n: it.n + 1 }));
    });
  });
  await scheduler.run([...work, server]);

  await time.outside(async () => {
    await call("server finds", 0, "old token", async () =>
      (await open(outside, cookie)).session.find(),
    );
    for (const [index, answer] of answers.entries()) {
      if (answer === "" || answer.endsWith("=")) continue;
      await call("opens", index, "new token", async () =>
        (await open(outside, answer)).session.find(),
      );
    }
  });
  // A rotation finds out what became of its last call. Where more fails, it may not.
  const losesNone = scheduler.faults <= 1 && scheduler.jumps === 0;
  if (isLinearizable(log.calls, worldOf(FIRST, requests), cookies(losesNone))) return undefined;
  return `no order explains what the verbs gave: ${JSON.stringify(log.calls)}`;
};

async function outcomeOf(run: () => Promise<unknown>): Promise<Pick<CookieOutcome, "gave" | "is">> {
  try {
    return { gave: await run(), is: "done" };
  } catch (error) {
    if (!isSessionError(error)) throw error;
    switch (error.code) {
      case "ERR_SESSION_ENDED":
        return { gave: ENDED, is: "done" };
      case "ERR_SESSION_UNAVAILABLE":
        return { gave: undefined, is: "unknown" };
      case "ERR_SESSION_CONFLICT":
        return { gave: undefined, is: "unchanged" };
      default:
        throw error;
    }
  }
}

/** What a request does that no driver sees. */
function pseudo(verb: CookieVerb, request: number, id: string): CookieOutcome {
  return { verb, request, id, isEarly: false, gave: undefined, is: "done" };
}
