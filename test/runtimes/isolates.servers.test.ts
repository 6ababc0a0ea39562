import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Worker, Workerd } from "./miniflare.ts";

const workerd = new Workerd();
// Time to install it.
beforeAll(() => workerd.install(), 120_000);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

async function get(worker: Worker, path: string, cookie = ""): Promise<Answer> {
  const response = await worker.fetch(path, cookie === "" ? {} : { headers: { cookie } });
  const [set = ""] = response.headers.getSetCookie();
  const text = await response.text();
  return { status: response.status, text, cookie: set.split(";")[0] ?? "" };
}

/** Sends requests at once. Returns the counts in order, and how many answers had another status. */
async function visit(worker: Worker, times: number, cookie: string) {
  const answers = await Promise.all(Array.from({ length: times }, () => get(worker, "/", cookie)));
  const counts = answers.filter((it) => it.status === 200).map((it) => Number(it.text));
  const refusals = answers.filter((it) => it.status !== 200).map((it) => it.status);
  return { counts: counts.toSorted((a, b) => a - b), refusals };
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

describe("two isolates on workerd, with Durable Objects", () => {
  let worker: Worker;
  beforeAll(async () => {
    const SESSIONS = { className: "ObservedObject", scriptName: "one", useSQLite: true };
    worker = await workerd.startTwo("durable-object.mjs", { durableObjects: { SESSIONS } });
  });
  afterAll(() => worker.dispose());

  /** Both isolates hear of it, one after the other. */
  async function setFault(fault: string): Promise<void> {
    for (let isolate = 0; isolate < 2; isolate++)
      await worker.fetch(`/fault/${fault}`, { method: "POST" });
  }

  it("200 requests at once count to 200 on one session (C32)", async () => {
    const { cookie } = await get(worker, "/");
    expect(await visit(worker, 199, cookie)).toEqual({ counts: upTo(200, 2), refusals: [] });
  });

  it.each(["throw", "restart"])(
    "while objects %s, requests get 503 and keep their cookie; then the session goes on (D12)",
    async (fault) => {
      const { cookie } = await get(worker, "/");
      await setFault(fault);
      for (const path of ["/", "/find", "/", "/find"]) {
        const { text, ...answer } = await get(worker, path, cookie);
        expect(answer).toEqual({ status: 503, cookie: "" });
        expect(text).toContain("ERR_SESSION_UNAVAILABLE");
      }
      expect(await get(worker, "/")).toMatchObject({ status: 503, cookie: "" });
      await setFault("none");
      expect(await get(worker, "/", cookie)).toMatchObject({ status: 200, text: "2" });
    },
  );

  it("an object that loses its answer to a write has written once or not at all (D12)", async () => {
    const { cookie } = await get(worker, "/");
    await setFault("lose");
    const { status } = await get(worker, "/", cookie);
    await setFault("none");
    expect(status).toBe(503);
    expect(["1", "2"]).toContain((await get(worker, "/find", cookie)).text);
  });

  it("requests that go on while objects restart lose no count that was answered (D12)", async () => {
    const { cookie } = await get(worker, "/");
    const visiting = visit(worker, 100, cookie);
    await setFault("restart");
    await setFault("none");
    const { counts, refusals } = await visiting;
    expect(new Set(counts).size).toBe(counts.length);
    expect(refusals.every((it) => it === 503)).toBe(true);
    const last = Number((await get(worker, "/find", cookie)).text);
    expect(last).toBeGreaterThanOrEqual(counts.at(-1) ?? 1);
    expect(last).toBeLessThanOrEqual(1 + counts.length + refusals.length);
  });
});

describe("two isolates on workerd, with D1", () => {
  let worker: Worker;
  beforeAll(async () => {
    worker = await workerd.startTwo("d1.mjs", { d1Databases: { DB: "sessions" } });
    await worker.fetch("/migrate", { method: "POST" });
  });
  afterAll(() => worker.dispose());

  it("of 200 requests at once none is lost: each is counted once, or refused (C32)", async () => {
    const { cookie } = await get(worker, "/");
    const { counts, refusals } = await visit(worker, 199, cookie);
    expect(new Set(counts).size).toBe(counts.length);
    // Out of time, between two calls or in one.
    const late = refusals.filter((it) => it === 503).length;
    expect(refusals.filter((it) => it === 409)).toHaveLength(refusals.length - late);
    const last = Number((await get(worker, "/find", cookie)).text);
    expect(last).toBeGreaterThanOrEqual(1 + counts.length);
    // One that got no answer in time may have been counted.
    expect(last).toBeLessThanOrEqual(1 + counts.length + late);
  });

  it("without its table requests get 503 and keep their cookie; then sessions begin anew (D12)", async () => {
    const { cookie } = await get(worker, "/");
    await worker.fetch("/drop", { method: "POST" });
    for (const path of ["/", "/find"])
      expect(await get(worker, path, cookie)).toMatchObject({ status: 503, cookie: "" });
    await worker.fetch("/migrate", { method: "POST" });
    expect(await get(worker, "/", cookie)).toMatchObject({ status: 200, text: "1" });
  });
});
