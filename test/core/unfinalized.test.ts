import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  cookieKey,
  defineSession,
  memoryDriver,
  type SessionEvent,
  type SessionRequest,
} from "zession";
import { z } from "zod";
import { ORIGIN, tokenOf } from "../sessions/browser.ts";

describe("a response that is never completed", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  function site() {
    const events: SessionEvent[] = [];
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const visits = defineSession({
      name: "visits",
      key: z.string(),
      value: z.number(),
      keyFn: cookieKey(),
      driver: memoryDriver(),
      onEvent: (event) => events.push(event),
    });
    const visit = async () => {
      const request = new Request(ORIGIN);
      await (await visits.fromRequest(request)).insert(1);
      return request;
    };
    const unfinalized = () => events.filter((it) => it.type === "unfinalized").length;
    return { visits, visit, warn, unfinalized };
  }

  it("is told each time, and warned of once, with the mend", async () => {
    const { visit, warn, unfinalized } = site();
    await visit();
    vi.advanceTimersByTime(9_999);
    expect([unfinalized(), warn.mock.calls.length]).toEqual([0, 0]);
    vi.advanceTimersByTime(1);
    expect([unfinalized(), warn.mock.calls.length]).toEqual([1, 1]);
    expect(warn.mock.lastCall?.[0]).toContain("finally: [visits.finalize]");
    expect(warn.mock.lastCall?.[0]).toContain("visits.wrap(handler)");
    await visit();
    vi.advanceTimersByTime(10_000);
    expect([unfinalized(), warn.mock.calls.length]).toEqual([2, 1]);
  });

  it("does not mean one that was, nor one that had nothing to tell", async () => {
    const { visits, visit, warn, unfinalized } = site();
    const request = await visit();
    const token = tokenOf(visits.finalize(new Response(), request).headers.get("set-cookie"));
    const headers = { cookie: `__Host-visits=${token}` };
    await (await visits.fromRequest(new Request(ORIGIN, { headers }))).find();
    await visits.fromRequest(new Request(ORIGIN));
    vi.advanceTimersByTime(60_000);
    expect([unfinalized(), warn.mock.calls.length]).toEqual([0, 0]);
  });

  it("does not mean one that was finalized for a router's proxy of the request", async () => {
    const { visits, unfinalized } = site();
    const request: SessionRequest<typeof visits> = new Request(ORIGIN) as never;
    await visits.middleware(request);
    const proxy = new Proxy(request, { get: (it, name) => Reflect.get(it, name, it) });
    await proxy.visits.insert(1);
    expect(visits.finalize(new Response(), proxy).headers.getSetCookie()).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(unfinalized()).toBe(0);
  });

  it("is what a handler that throws leaves, unless its error page is finalized (D5)", async () => {
    const { visits, unfinalized } = site();
    const throwing = visits.wrap(async (it) => {
      await it.visits.insert(1);
      throw new Error("handler");
    });
    const [lost, completed] = [new Request(ORIGIN), new Request(ORIGIN)];
    await expect(throwing(lost)).rejects.toThrow("handler");
    await expect(throwing(completed)).rejects.toThrow("handler");
    const page = visits.finalize(new Response("sorry", { status: 500 }), completed);
    expect(page.headers.getSetCookie()).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(unfinalized()).toBe(1);
  });

  it("is not warned of where others were completed: then it is one route, or a slow one", async () => {
    const { visits, visit, warn, unfinalized } = site();
    visits.finalize(new Response(), await visit());
    await visit();
    vi.advanceTimersByTime(10_000);
    expect([unfinalized(), warn.mock.calls.length]).toEqual([1, 0]);
  });
});
