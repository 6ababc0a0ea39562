import { type CookieSession, cookieKey, defineSession, isSessionError } from "zession";
import { z } from "zod";
import { Browser, ORIGIN } from "../sessions/browser.ts";
import { EveryChoice } from "./choices.ts";
import type { Explorer, Exploring } from "./explore.ts";

interface Value {
  /** Which session it is: the first, or one that a sign-in or a page began. */
  of: string;
  n: number;
  user?: string | undefined;
  message?: string | undefined;
}
type Handle = CookieSession<string, Value>;

/**
 * What a page does with its session. `work` takes as long as the scheduler likes; `revoke` removes
 * the session that the browser started with, by its key.
 */
export type Page = (
  session: Handle,
  work: () => Promise<void>,
  revoke: () => Promise<boolean>,
) => Promise<unknown>;

const signedIn = (it: Value): Value => ({ ...it, user: "alice" });

/** Signs in as one step. */
export const signIn = (session: Handle): Promise<unknown> =>
  session.rotate({ of: "sign-in", n: 0, user: "alice" }, signedIn, { restart: true });

/** Writes, and goes on working. */
export const write: Page = async (session, work) => {
  await session.upsert({ of: "page", n: 1 }, (it) => ({ ...it, n: it.n + 1 }));
  await work();
};

/** Signs out. */
export const signOut: Page = (session) => session.remove();

/** Pages that sign in. */
export const signIns: Readonly<Record<string, Page>> = {
  "signs in": signIn,
  "reads, works and signs in": async (session, work) => {
    await session.find();
    await work();
    await signIn(session);
  },
  "rotates, works and writes the user": async (session, work) => {
    await session.rotate();
    await work();
    await session.update(signedIn);
  },
  "signs in and rotates again": async (session) => {
    await signIn(session);
    await session.rotate();
  },
};

/** Pages that anybody may open meanwhile. */
export const pages: Readonly<Record<string, Page>> = {
  reads: async (session, work) => {
    await session.find();
    await work();
  },
  writes: write,
  "reads, works and writes": async (session, work) => {
    await session.find();
    await work();
    await session.upsert({ of: "page", n: 1 }, (it) => ({ ...it, n: it.n + 1 }));
  },
  "works, updates and touches": async (session, work) => {
    await work();
    await session.update((it) => ({ ...it, n: it.n + 1 }));
    await session.touch();
  },
  "takes a message": async (session, work) => {
    await session.take("message");
    await work();
  },
};

/** Pages that end the session. */
export const signOuts: Readonly<Record<string, Page>> = {
  "signs out": signOut,
  "reads, works and signs out": async (session, work) => {
    await session.find();
    await work();
    await session.remove();
  },
  "revokes it on the server": (_, __, revoke) => revoke(),
};

/** How two tabs use one browser's session at once. */
export interface Tabs {
  readonly first: Page;
  readonly second: Page;
  /** Whether one process serves both. */
  readonly oneProcess: boolean;
}

/**
 * Two tabs of one browser: each sends a request, its page works, and its answer arrives, in any
 * order.
 */
export function twoTabs({ first, second, oneProcess }: Tabs): Explorer {
  const all = [first, second];
  const hasSignIn = all.some((it) => Object.values(signIns).includes(it));
  const hasSignOut = all.some((it) => Object.values(signOuts).includes(it));
  return async ({ scheduler, time, driver, plain, name }) => {
    const define = (on: typeof driver) =>
      defineSession({
        name: name as "session",
        key: z.string(),
        value: z.object({
          of: z.string(),
          n: z.number(),
          user: z.string().optional(),
          message: z.string().optional(),
        }),
        keyFn: cookieKey(),
        driver: on,
        lifetime: { idle: "30m", absolute: "12h" },
      });
    const outside = define(plain);
    const one = define(driver);
    const definitions = [one, oneProcess ? one : define(driver)];
    const browser = new Browser(() => Response.error());
    /** Every cookie that the browser ever had. */
    const cookies = new Set<string>();
    const keep = (response: Response): void => {
      for (const cookie of response.headers.getSetCookie())
        browser.jar.setCookieSync(cookie, ORIGIN);
      cookies.add(browser.cookie);
    };
    const start = browser.request();
    const session = await outside.fromRequest(start);
    await time.outside(() => session.insert({ of: "start", n: 0, message: "welcome" }));
    const key = session.key as string;
    keep(outside.finalize(new Response(), start));
    // From now on each use has to be noted by a touch.
    time.skip(4 * 60_000);

    const tabs = definitions.map((definition, tab) =>
      scheduler.as(`tab ${tab + 1}`, async () => {
        await scheduler.gate("is sent");
        const request = browser.request();
        const session = await definition.fromRequest(request);
        try {
          const work = (): Promise<void> => scheduler.gate("works");
          await all[tab]?.(session, work, () => definition.store.remove(key));
        } catch (error) {
          // An error page has cookies too.
          if (!isSessionError(error)) throw error;
        }
        const response = definition.finalize(new Response(), request);
        await scheduler.gate("answer arrives");
        keep(response);
      }),
    );
    await scheduler.run(tabs);

    const opened = await time.outside(async () => {
      const values = new Map<string, Value | undefined>();
      for (const cookie of cookies) {
        const request = new Request(ORIGIN, { headers: { cookie } });
        values.set(cookie, await (await outside.fromRequest(request)).find());
      }
      return values;
    });
    const living = [...opened.values()].filter((it) => it !== undefined);
    const own = opened.get(browser.cookie);
    if (browser.cookie !== "" && own === undefined && living.length > 0)
      return "the browser has a dead token while a living one exists";
    if (living.length > 1) return "two tokens open a session";
    if (hasSignOut) {
      return living.some((it) => it.of === "start")
        ? "the session lives on after the sign-out"
        : undefined;
    }
    if (own === undefined) return "the browser has lost its session";
    if (hasSignIn && own.user === undefined) return "the browser is not signed in";
    return undefined;
  };
}

/**
 * Runs every schedule there is.
 *
 * @returns how many there are
 */
export async function exploreAll(exploring: Exploring): Promise<number> {
  const choices = new EveryChoice();
  do await exploring.check(choices);
  while (choices.next());
  return exploring.exploration.schedules;
}
