import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert";
import { setTimeout } from "node:timers/promises";
import type { App } from "./apps.ts";
import { Browser, formOf, type Page } from "./browser.ts";
import { edit, serve } from "./project.ts";

/** A framework's application, while it runs. */
type RunningApp = Pick<App, "endpoint" | "readOnlyPage" | "guardedPage" | "renewedPage"> & {
  readonly origin: string;
};

/** Returns what the table shows. Throws if the application does not do it. */
type Scenario = (app: RunningApp) => Promise<string>;

const count = ({ text }: Page): number => Number(/Count: (\d+)/.exec(text)?.[1]);

/** Presses the buttons of the page that all applications have. */
class Visitor extends Browser {
  async count(): Promise<Page> {
    return this.submit(formOf(await this.open(), "Count"));
  }

  async signIn(user: string): Promise<Page> {
    return this.submit(formOf(await this.open(), "Sign in"), { user });
  }

  async signOut(): Promise<Page> {
    return this.submit(formOf(await this.open(), "Sign out"));
  }
}

/** What somebody sees who has kept an old cookie. */
async function thief({ origin }: RunningApp, cookie: string): Promise<Page> {
  notStrictEqual(cookie, "");
  return new Browser(origin).open("/", { headers: { cookie } });
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  async count({ origin }) {
    const visitor = new Visitor(origin);
    strictEqual(count(await visitor.open()), 0);
    deepStrictEqual(visitor.lines, []);
    for (const expected of [1, 2, 3]) strictEqual(count(await visitor.count()), expected);
    strictEqual(count(await visitor.open()), 3);
    const [line = "", ...others] = visitor.lines;
    deepStrictEqual(others, []);
    match(line, /^__Host-visitor=[\w-]{43};/);
    const attributes = line.toLowerCase().split("; ").slice(1);
    for (const expected of ["path=/", "httponly", "secure", "samesite=lax"])
      ok(attributes.includes(expected), `${expected} is missing: ${attributes}`);
    const seconds = Number(attributes.find((it) => it.startsWith("max-age="))?.slice(8));
    ok(seconds > 43_100 && seconds <= 43_200, `Max-Age is ${seconds}`);
    strictEqual(count(await new Visitor(origin).open()), 0);
    return "yes";
  },

  async "parallel requests"({ origin }) {
    const visitor = new Visitor(origin);
    await visitor.count();
    const form = formOf(await visitor.open(), "Count");
    await Promise.all(Array.from({ length: 20 }, () => visitor.submit(form)));
    strictEqual(count(await visitor.open()), 21);
    return "20 of 20";
  },

  async "sign-in"(app) {
    const visitor = new Visitor(app.origin);
    await visitor.count();
    const planted = visitor.cookie;
    const page = await visitor.signIn("ann");
    match(page.text, /Welcome, ann\./);
    match(page.text, /Sign out ann/);
    strictEqual(count(page), 1);
    notStrictEqual(visitor.cookie, planted);
    const again = await visitor.open();
    ok(!again.text.includes("Welcome"), "the message is shown twice");
    match(again.text, /Sign out ann/);
    strictEqual(count(await thief(app, planted)), 0);
    // A form whose field has lost its name signs nobody in.
    const stranger = new Visitor(app.origin);
    await stranger.submit(formOf(await stranger.open(), "Sign in"));
    deepStrictEqual(stranger.lines, []);
    return "rotates";
  },

  async "sign-out"(app) {
    const visitor = new Visitor(app.origin);
    await visitor.signIn("ann");
    await visitor.count();
    const stolen = visitor.cookie;
    const page = await visitor.signOut();
    match(page.text, /You are signed out\./);
    match(page.text, /Sign in/);
    strictEqual(count(page), 0);
    ok(!(await visitor.open()).text.includes("signed out"), "the message is shown twice");
    match((await thief(app, stolen)).text, /Count: 0 .*Sign in/);
    return "ends it";
  },

  async "forged form"({ origin }) {
    const visitor = new Visitor(origin);
    const page = await visitor.count();
    const lines = visitor.lines.length;
    const { status } = await visitor.forge(formOf(page, "Count"));
    ok(status >= 400, `it is answered with ${status}`);
    const { status: signIn } = await visitor.forge(formOf(page, "Sign in"), { user: "eve" });
    strictEqual(signIn, status);
    strictEqual(visitor.lines.length, lines);
    strictEqual(count(await visitor.open()), 1);
    return `${status}`;
  },

  async endpoint({ endpoint, origin }) {
    if (endpoint === undefined) return "–";
    const visitor = new Visitor(origin);
    await visitor.count();
    const headers = { origin, "sec-fetch-site": "same-origin", "content-type": "application/json" };
    const response = await visitor.fetch(endpoint, { method: "POST", body: "{}", headers });
    strictEqual(response.status, 200);
    deepStrictEqual(await response.json(), { count: 2 });
    strictEqual(count(await visitor.open()), 2);
    const other = new Visitor(origin);
    await other.fetch(endpoint, { method: "POST", body: "{}", headers });
    strictEqual(count(await other.open()), 1);
    return "the same session";
  },

  async "guarded page"({ guardedPage, origin }) {
    if (guardedPage === undefined) return "–";
    const visitor = new Visitor(origin);
    match((await visitor.open(guardedPage)).text, /Count: 0/);
    await visitor.signIn("ann");
    const page = await visitor.open(guardedPage);
    match(page.text, /Account of ann/);
    return "redirects";
  },

  async "read-only place"({ origin, readOnlyPage }) {
    if (readOnlyPage === undefined) return "–";
    const visitor = new Visitor(origin);
    const { text } = await visitor.open(readOnlyPage);
    match(text, /UsageError: .*cookie/);
    deepStrictEqual(visitor.lines, []);
    await visitor.count();
    // What needs no cookie can be written there.
    match((await visitor.open(readOnlyPage)).text, /Count: 2/);
    return "rejects with the reason";
  },

  async "idle limit alone"({ origin, renewedPage }) {
    if (renewedPage === undefined) return "–";
    /** Opens a page again and again, and returns how many cookies were sent. */
    const visit = async (page: string, visits: number): Promise<number> => {
      const visitor = new Visitor(origin);
      await visitor.fetch("/idle/start", { method: "POST" });
      for (let visit = 1; visit <= visits; visit++) {
        await fetch(new URL("/idle/clock", origin), { method: "POST", body: "0.8" });
        strictEqual(count(await visitor.open(page)), 1);
      }
      for (const line of visitor.lines) match(line, /Max-Age=28800/i);
      return visitor.lines.length;
    };
    // The cookie lives for eight hours. In a place that can only read, nobody renews it.
    strictEqual(await visit("/idle", 9), 1);
    strictEqual(await visit(renewedPage, 20), 5);
    return "is renewed";
  },

  async "`Cache-Control` of a page"({ origin }) {
    const visitor = new Visitor(origin);
    await visitor.count();
    const { headers } = await visitor.open();
    return headers.get("cache-control") ?? "none";
  },
};

/** Edits the definition while a server of the sources runs, and counts on. */
export async function hotReload(app: App, project: string): Promise<string> {
  const server = await serve(app, project, "dev");
  try {
    const visitor = new Visitor(server.origin);
    strictEqual(count(await visitor.count()), 1);
    for (const expected of [2, 3]) {
      edit(app, project);
      // Time to see the file's change. Whether it is loaded by then does not matter to the outcome.
      await setTimeout(1000);
      strictEqual(count(await visitor.count()), expected);
    }
    return "keeps it";
  } catch (error) {
    throw new Error(`the server of the sources said:\n${server.output()}`, { cause: error });
  } finally {
    await server.stop();
  }
}
