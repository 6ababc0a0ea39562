// Measures how much memory many sessions take. It needs --expose-gc.
import session from "express-session";
import { defineSession, memoryDriver } from "zession";
import { z } from "zod";
import { answer } from "../lib/child.ts";

/** What to fill with how many sessions. */
export interface Filling {
  readonly what: "Zession" | "a bare Map" | "express-session";
  readonly count: number;
}

/** What it costs. */
export interface Filled {
  /** Bytes of the heap for a session. */
  readonly bytes: number;
  /** Nanoseconds to update one of them, from one to another of them. */
  readonly nanoseconds: number;
}

const value = z.object({ count: z.number().int(), user: z.string() });
type Value = z.infer<typeof value>;
const initial = (i: number): Value => ({ count: i, user: `user-${i}` });
/** As long as the hash of a token. */
const keyOf = (i: number): string => `${i}`.padStart(43, "k");

/** Something that keeps sessions. */
interface Store {
  readonly insert: (key: string, value: Value) => unknown;
  readonly update: (key: string) => unknown;
}

const stores: Record<Filling["what"], () => Store> = {
  Zession: () => {
    const { store } = defineSession({
      key: z.string(),
      value,
      keyFn: () => null,
      lifetime: { idle: "1h" },
      driver: memoryDriver({ maxEntries: 10_000_000, maxBytes: 2 ** 34 }),
    });
    return {
      insert: (key, value) => store.insert(key, value),
      update: (key) => store.update(key, (it) => void it.count++),
    };
  },
  "a bare Map": () => {
    const texts = new Map<string, string>();
    return {
      insert: (key, value) => texts.set(key, JSON.stringify(value)),
      update: (key) => {
        const it = value.parse(JSON.parse(texts.get(key) ?? ""));
        it.count++;
        texts.set(key, JSON.stringify(value.parse(it)));
      },
    };
  },
  "express-session": () => {
    const store = new session.MemoryStore();
    const set = (key: string, value: Value): void => store.set(key, withCookie(value));
    return {
      insert: set,
      update: (key) =>
        new Promise<void>((resolve) => {
          store.get(key, (_, it) => {
            const value = it as unknown as Value;
            value.count++;
            set(key, value);
            resolve();
          });
        }),
    };
  },
};

/** It keeps each session's cookie with it. */
function withCookie(value: Value): session.SessionData {
  const expires = new Date(Date.now() + 3_600_000);
  return { ...value, cookie: { originalMaxAge: 3_600_000, expires, httpOnly: true, path: "/" } };
}

const used = (): number => {
  global.gc?.();
  return process.memoryUsage().heapUsed;
};

answer(async ({ count, what }: Filling): Promise<Filled> => {
  const before = used();
  const { insert, update } = stores[what]();
  for (let i = 0; i < count; i++) await insert(keyOf(i), initial(i));
  const bytes = (used() - before) / count;
  const updates = 20_000;
  // From one to another that lies elsewhere, as requests come.
  const keys = Array.from({ length: updates }, (_, i) => keyOf((i * 7919) % count));
  for (const key of keys) await update(key);
  const started = performance.now();
  for (const key of keys) await update(key);
  return { bytes, nanoseconds: ((performance.now() - started) * 1e6) / updates };
});
