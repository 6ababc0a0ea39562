import { type Driver, defineSession, isSessionError, type Store } from "zession";
import { z } from "zod";
import { CallLog, isLinearizable } from "../races/linearizable.ts";
import type { Explorer, Stage } from "./explore.ts";
import { KEYED_VERBS, type KeyedOutcome, keyed, type Value } from "./keyed-model.ts";

const VALUE = z.object({ by: z.string(), n: z.number(), flash: z.string().optional() });
const LIFETIMES = [undefined, { idle: "1h" }, { idle: "1h", absolute: "2h" }] as const;

/** Several processes that use one session of a known key, each with a few verbs. */
export const keyedSessions: Explorer = async (stage) => {
  const { choices, scheduler, driver, plain, name, count } = stage;
  const lifetime = LIFETIMES[choices.pick(LIFETIMES.length)];
  const { touch: _, ...withoutTouch } = driver;
  const used = choices.pick(4) === 3 ? withoutTouch : driver;
  const define = (on: Driver): Store<string, Value> =>
    defineSession({
      name: name as "session",
      key: z.string(),
      value: VALUE,
      keyFn: () => null,
      driver: on,
      timeout: "2s",
      ...(lifetime && { lifetime }),
    }).store;
  const outside = define(plain);
  const first: Value | null = choices.pick(4) === 3 ? null : { by: "start", n: 0, flash: "saved" };
  if (first !== null) await stage.time.outside(() => outside.insert("k", first));

  const stores = Array.from({ length: 1 + choices.pick(3) }, () => define(used));
  const log = new CallLog<KeyedOutcome>(scheduler.tick);
  let calls = 0;
  const clients = Array.from({ length: 2 + choices.pick(4) }, async (_, client) => {
    const store = stores[choices.pick(stores.length)] as Store<string, Value>;
    const verbs = Array.from({ length: 1 + choices.pick(2) }, () => verbOf(stage));
    for (const verb of verbs) {
      const by = `${verb} ${++calls}`;
      const actor = `client ${client} ${by}`;
      await scheduler.as(actor, async () => {
        await scheduler.gate("begins");
        const stores = { by, n: 1, flash: by };
        const outcome = await log.call(
          async () => outcomeOf(verb, stores, () => perform(store, verb, stores, stage)),
          ({ is }) => is === "unknown",
        );
        scheduler.trace.push(`${actor}: ${outcome.is} ${JSON.stringify(outcome.gave)}`);
        count(outcome.is);
      });
    }
  });
  await scheduler.run(clients);
  await log.call(() =>
    stage.time.outside(() => outcomeOf("find", NOTHING, () => outside.find("k"))),
  );
  if (isLinearizable(log.calls, first, keyed)) return undefined;
  return `no order explains what the verbs gave: ${JSON.stringify(log.calls)}`;
};

const NOTHING: Value = { by: "", n: 0 };

function verbOf({ choices }: Stage): KeyedOutcome["verb"] {
  return KEYED_VERBS[choices.pick(KEYED_VERBS.length)] as KeyedOutcome["verb"];
}

async function perform(
  store: Store<string, Value>,
  verb: KeyedOutcome["verb"],
  stores: Value,
  { scheduler, choices }: Stage,
): Promise<unknown> {
  const isSlow = choices.pick(4) === 3;
  const update = (it: Value): Value | Promise<Value> => {
    const next = { ...it, n: it.n + 1 };
    return isSlow ? scheduler.gate("thinks").then(() => next) : next;
  };
  switch (verb) {
    case "find":
    case "touch":
    case "remove":
      return store[verb]("k");
    case "insert":
    case "swap":
      return store[verb]("k", stores);
    case "take":
      return store.take("k", "flash");
    case "update":
      return store.update("k", update);
    case "upsert":
      return store.upsert("k", stores, update);
  }
}

async function outcomeOf(
  verb: KeyedOutcome["verb"],
  stores: Value,
  run: () => Promise<unknown>,
): Promise<KeyedOutcome> {
  try {
    return { verb, stores, gave: await run(), is: "done" };
  } catch (error) {
    if (!isSessionError(error)) throw error;
    if (error.code === "ERR_SESSION_UNAVAILABLE")
      return { verb, stores, gave: error.code, is: "unknown" };
    if (error.code === "ERR_SESSION_CONFLICT")
      return { verb, stores, gave: error.code, is: "unchanged" };
    throw error;
  }
}
