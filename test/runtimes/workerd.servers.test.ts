import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { visitRecipe } from "../guides/visit.ts";
import { failures, type Worker, Workerd } from "./miniflare.ts";

const workerd = new Workerd();
// Time to install it.
beforeAll(() => workerd.install(), 120_000);

/** Sends requests at once. Returns what each was answered, as a number where it is one. */
async function counts(worker: Worker, path: string, times: number, headers: HeadersInit) {
  const visit = async () => {
    const text = await (await worker.fetch(path, { headers })).text();
    return Number.isNaN(Number(text)) ? text.split("\n")[0] : Number(text);
  };
  const answers = await Promise.all(Array.from({ length: times }, visit));
  return answers.toSorted((a, b) => Number(a) - Number(b));
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function cookieOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
}

for (const compatibilityFlags of [[], ["nodejs_compat"]]) {
  describe(`on workerd, with ${compatibilityFlags[0] ?? "nothing of Node.js"}`, () => {
    let worker: Worker;
    beforeAll(async () => {
      worker = await workerd.start("count.mjs", { compatibilityFlags });
    });
    afterAll(() => worker.dispose());

    it("200 requests whose updates overlap count to 200 on a session by cookie (D19)", async () => {
      const first = await worker.fetch("/1");
      expect(await first.text()).toBe("1");
      const cookie = cookieOf(first);
      expect(await counts(worker, "/1", 199, { cookie })).toEqual(upTo(200, 2));
    });

    it("200 requests whose updates overlap count to 200 without a router (D19)", async () => {
      expect(await counts(worker, "/", 200, { "x-client": "a" })).toEqual(upTo(200));
    });

    it("updates that take 20 ms each have their turn (D15, D19)", async () => {
      const cookie = cookieOf(await worker.fetch("/20"));
      expect(await counts(worker, "/20", 40, { cookie })).toEqual(upTo(41, 2));
    });

    it("of 8 rotations at once one moves the session (S15, D19)", async () => {
      const cookie = cookieOf(await worker.fetch("/1"));
      const rotate = () => worker.fetch("/rotate", { method: "POST", headers: { cookie } });
      const responses = await Promise.all(Array.from({ length: 8 }, rotate));
      const moved = responses.map(cookieOf).filter((it) => it !== "");
      expect(moved).toHaveLength(1);
      expect(await counts(worker, "/1", 1, { cookie: moved[0] ?? "" })).toEqual([2]);
    });
  });
}

describe("on workerd, at a WebSocket upgrade", () => {
  let worker: Worker;
  beforeAll(async () => {
    worker = await workerd.start("upgrade.mjs");
  });
  afterAll(() => worker.dispose());

  it("a session is read and written, and none is started (D7)", async () => {
    const cookie = cookieOf(await worker.fetch("/"));
    const talk = async (headers: HeadersInit) => (await worker.fetch("/talk", { headers })).text();
    expect(await talk({ cookie })).toBe("1 2");
    expect(await talk({})).toBe("undefined ERR_SESSION_USAGE");
    const foreign = { cookie, origin: "https://evil.example" };
    expect(await talk(foreign)).toBe("undefined ERR_SESSION_CROSS_ORIGIN");
  });
});

describe("on workerd, with a body that the program has compressed", () => {
  let worker: Worker;
  beforeAll(async () => {
    worker = await workerd.start("compressed.mjs");
  });
  afterAll(() => worker.dispose());

  it("it is compressed once, and the cookie is there", async () => {
    for (const [path, text] of Object.entries({ "/": "1", "/hono": "2" })) {
      const response = await worker.fetch(path, { headers: { "accept-encoding": "gzip" } });
      expect(cookieOf(response)).toContain("__Host-visits=");
      expect(await response.text()).toBe(text);
    }
  });
});

describe("on workerd, with Workers KV", () => {
  let worker: Worker;
  beforeAll(async () => {
    worker = await workerd.start("cloudflare-kv.mjs", { kvNamespaces: ["KV"] });
  });
  afterAll(() => worker.dispose());

  it("a session is begun, found and removed", async () => {
    const begun = await worker.fetch("/", { method: "POST" });
    const headers = { cookie: cookieOf(begun) };
    const texts = [await begun.text()];
    for (const method of ["GET", "DELETE", "GET"])
      texts.push(await (await worker.fetch("/", { method, headers })).text());
    expect(texts).toEqual(["dark", "dark", "true", "none"]);
  });

  it("the driver passes the suite, which leaves races out", async () => {
    expect(await failures(worker)).toEqual([]);
  });
});

describe("on workerd, with D1", () => {
  let worker: Worker;
  beforeAll(async () => {
    worker = await workerd.start("d1.mjs", { d1Databases: ["DB"] });
    await worker.fetch("/migrate", { method: "POST" });
  });
  afterAll(() => worker.dispose());

  it("40 requests at once count to 40 on one session (C32)", async () => {
    const cookie = cookieOf(await worker.fetch("/"));
    expect(await counts(worker, "/", 39, { cookie })).toEqual(upTo(40, 2));
  });

  it("a call that comes after its time is refused (D13)", async () => {
    const response = await worker.fetch("/late", { method: "POST" });
    expect(await response.text()).toContain("malformed JSON");
  });

  it("the driver passes the suite", async () => {
    expect(await failures(worker)).toEqual([]);
  });
});

describe("on workerd, with Durable Objects", () => {
  let worker: Worker;
  beforeAll(async () => {
    const SESSIONS = { className: "ObservedObject", useSQLite: true };
    worker = await workerd.start("durable-object.mjs", { durableObjects: { SESSIONS } });
  });
  afterAll(() => worker.dispose());

  it("200 requests at once count to 200 on one session (C32)", async () => {
    const cookie = cookieOf(await worker.fetch("/"));
    expect(await counts(worker, "/", 199, { cookie })).toEqual(upTo(200, 2));
  });

  it("an object stores nothing any more when its session has expired", async () => {
    await worker.fetch("/expire", { method: "POST" });
    const size = async () => Number(await (await worker.fetch("/size")).text());
    expect(await size()).toBe(1);
    await eventually(async () => expect(await size()).toBe(0));
  });

  it("a call that comes after its time is refused (D13)", async () => {
    const response = await worker.fetch("/late", { method: "POST" });
    expect(await response.text()).toContain("after its time");
  });

  it("the driver passes the suite", async () => {
    expect(await failures(worker)).toEqual([]);
  });
});

it("the recipe of runtimes/cloudflare-workers counts, signs in and out, and answers errors with their status", async () => {
  const worker = await workerd.start("../../../examples/runtimes/cloudflare-workers.ts", {
    durableObjects: { SESSIONS: { className: "SessionObject", useSQLite: true } },
  });
  try {
    await visitRecipe((path, init) => worker.fetch(path, init));
  } finally {
    await worker.dispose();
  }
});
