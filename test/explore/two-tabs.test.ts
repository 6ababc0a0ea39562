import { describe, expect, it } from "vitest";
import { memoryDriver } from "zession";
import { Exploring } from "./explore.ts";
import {
  exploreAll,
  type Page,
  pages,
  signIn,
  signIns,
  signOut,
  signOuts,
  twoTabs,
  write,
} from "./two-tabs.ts";

/**
 * Explores all orders in which two requests are sent, their driver calls carried out and their
 * answers kept. Each tab is served by a process of its own; `npm run explore` does it in one
 * process too, with every pair of pages, and with answers of the driver that are on their way for a
 * while.
 *
 * @returns how many orders there are
 */
async function explore(first: Page, second: Page): Promise<number> {
  const explorer = twoTabs({ first, second, oneProcess: false });
  return exploreAll(new Exploring(explorer, () => memoryDriver(), { slowAnswers: false }));
}

/** Some of the pages, with their names. */
function some(all: Readonly<Record<string, Page>>, ...names: string[]): [string, Page][] {
  return names.map((name) => [name, all[name] as Page]);
}

describe("two tabs of one browser, in every order of their requests, driver calls and answers", () => {
  it.each(some(pages, "reads", "writes", "takes a message"))(
    "one signs in while the other %s: the browser stays signed in (D1, D2, S14, S19, S20)",
    async (_, page) => {
      expect(await explore(signIn, page)).toBeGreaterThan(90);
    },
  );

  it.each(some(signIns, "rotates, works and writes the user", "signs in and rotates again"))(
    "one %s while the other writes: the browser stays signed in (D1, S14, B29)",
    async (_, first) => {
      expect(await explore(first, write)).toBeGreaterThan(200);
    },
  );

  it("both sign in: the browser ends with a living session (D8, S15)", async () => {
    expect(await explore(signIn, signIn)).toBeGreaterThan(200);
  });

  it.each(some(pages, "reads", "writes"))(
    "one signs out while the other %s: nothing opens the session that was signed out (D3, B23, S19)",
    async (_, second) => {
      expect(await explore(signOut, second)).toBeGreaterThan(20);
    },
  );

  it.each(some(signOuts, "signs out", "revokes it on the server"))(
    "one %s while the other signs in: nothing opens the session (D3, S19)",
    async (_, first) => {
      expect(await explore(first, signIn)).toBeGreaterThan(50);
    },
  );
});
