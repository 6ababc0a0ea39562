import { expect } from "vitest";
import { Browser, cookiesOf } from "./browser.ts";

/** What every app does, on every runtime, as a browser sees it. The names are those of the table in `docs/support.md`. */
export const scenarios: Readonly<Record<string, (origin: string) => Promise<void>>> = {
  async "counts visits, and sends the cookie once"(origin) {
    const browser = new Browser(origin);
    const first = await browser.get("/count");
    expect([first.status, first.text]).toEqual([200, "1"]);
    expect(cookiesOf(first)).toEqual(["visits"]);
    expect(first.headers.get("cache-control")).toBe("no-store");
    expect(first.headers.get("vary")).toMatch(/cookie/i);
    const second = await browser.get("/count");
    expect(second.text).toBe("2");
    expect(cookiesOf(second)).toEqual([]);
    expect(second.headers.get("cache-control")).toBe("private");
    expect((await new Browser(origin).get("/show")).text).toBe("none");
  },

  async "signs in under a new key: the old one is dead, other headers are kept"(origin) {
    const browser = new Browser(origin);
    await browser.get("/count");
    const stranger = browser.copy();
    const page = await browser.post("/sign-in");
    expect([page.status, page.text]).toEqual([200, "ann"]);
    expect(page.headers.get("x-app")).toBe("kept");
    expect(cookiesOf(page)).toEqual(["visits"]);
    expect((await stranger.get("/show")).text).toBe("none");
    expect((await browser.get("/show")).text).toBe("1 ann");
  },

  async "signs out with a message for the next page, shown once"(origin) {
    const browser = new Browser(origin);
    await browser.post("/sign-in");
    const stranger = browser.copy();
    const page = await browser.post("/sign-out");
    expect(page.text).toBe("You are signed out.");
    expect(cookiesOf(page)).toEqual(["visits"]);
    expect((await stranger.get("/show")).text).toBe("none");
    expect((await browser.get("/message")).text).toBe("You are signed out.");
    expect((await browser.get("/message")).text).toBe("none");
    expect((await browser.get("/show")).text).toBe("0 nobody");
  },

  async "serves two definitions on one request, each with its cookie"(origin) {
    const browser = new Browser(origin);
    const page = await browser.get("/cart");
    expect(page.text).toBe("1 1");
    expect(cookiesOf(page).toSorted()).toEqual(["carts", "visits"]);
    expect((await browser.get("/count")).text).toBe("2");
    expect((await browser.get("/cart")).text).toBe("2 3");
  },

  async "sends the new cookie with the page of an error behind a rotation"(origin) {
    const browser = new Browser(origin);
    await browser.get("/count");
    const stranger = browser.copy();
    const page = await browser.post("/broken");
    expect([page.status, page.text]).toEqual([500, "error page"]);
    expect(cookiesOf(page)).toEqual(["visits"]);
    expect((await stranger.get("/show")).text).toBe("none");
    expect((await browser.get("/show")).text).toBe("1 ann");
  },

  async "streams: the cookie leaves with the head, and the body reads and writes the session"(
    origin,
  ) {
    const browser = new Browser(origin);
    const response = await browser.open("GET", "/stream");
    expect(cookiesOf(response)).toEqual(["visits"]);
    expect(response.headers.get("vary")).toMatch(/cookie/i);
    // The body waits for this one.
    expect((await browser.get("/count")).text).toBe("2");
    expect(await response.text()).toBe("1 3");
    expect((await browser.get("/show")).text).toBe("3 nobody");
  },

  async "refuses to start a session while a body streams, and stores nothing"(origin) {
    const page = await new Browser(origin).get("/late");
    expect(page.text).toBe("none ERR_SESSION_USAGE");
    expect(cookiesOf(page)).toEqual([]);
  },

  async "sends the cookie with a redirect whose headers cannot be changed"(origin) {
    const browser = new Browser(origin);
    const page = await browser.get("/redirect");
    expect(page.status).toBe(303);
    expect(page.headers.get("location")).toMatch(/\/show$/);
    expect(cookiesOf(page)).toEqual(["visits"]);
    expect((await browser.get("/show")).text).toBe("1 nobody");
  },

  async "keeps another cookie that the handler sets"(origin) {
    const browser = new Browser(origin);
    const page = await browser.get("/theme");
    expect(cookiesOf(page).toSorted()).toEqual(["theme", "visits"]);
    expect(browser.cookie("theme")).toBe("dark");
    expect((await browser.get("/count")).text).toBe("2");
  },

  async "counts 100 requests over 20 connections without losing one"(origin) {
    const browser = new Browser(origin);
    await browser.get("/count");
    const texts: string[] = [];
    const connection = async () => {
      for (let requests = 0; requests < 5; requests++)
        texts.push((await browser.get("/count")).text);
    };
    await Promise.all(Array.from({ length: 20 }, connection));
    expect(texts.map(Number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 2),
    );
  },

  async "answers 503 while the store is down, touches no cookie, and goes on afterwards"(origin) {
    const browser = new Browser(origin);
    await browser.get("/count");
    const present = browser.cookie("visits");
    await browser.post("/store/down");
    try {
      for (const path of ["/count", "/show"]) {
        const page = await browser.get(path);
        expect([page.status, page.text]).toEqual([503, "error page"]);
        expect(cookiesOf(page)).toEqual([]);
      }
      const started = await new Browser(origin).get("/count");
      expect([started.status, cookiesOf(started)]).toEqual([503, []]);
    } finally {
      await browser.post("/store/up");
    }
    expect(browser.cookie("visits")).toBe(present);
    expect((await browser.get("/count")).text).toBe("2");
  },

  async "says nothing on a page that does not use the session"(origin) {
    const browser = new Browser(origin);
    await browser.get("/count");
    const page = await browser.get("/static");
    expect(page.text).toBe("static");
    expect(cookiesOf(page)).toEqual([]);
    expect(page.headers.get("vary") ?? "").not.toMatch(/cookie/i);
    expect(page.headers.get("cache-control")).toBeNull();
  },
};
