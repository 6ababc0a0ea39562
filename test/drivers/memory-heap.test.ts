import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, it, vi } from "vitest";
import { cookieKey, defineSession, memoryDriver, type SessionRequest } from "zession";
import { z } from "zod";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * By how many bytes a heap may grow. What each test makes and ends would take at least twice as
 * much.
 */
const GROWTH = 8e6;
/** How many sessions are alive at a time. */
const LIVE = 100;
const text = "x".repeat(2000);
const expiries = [
  ["no lifetime", () => ({ expiresAt: undefined, ttl: undefined })] as const,
  ["a lifetime", () => ({ expiresAt: Date.now() + 60_000, ttl: 60_000 })] as const,
];

afterEach(() => void vi.useRealTimers());

function heap(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/**
 * Does something many times and returns by how many bytes the heap has grown since the first tenth.
 */
async function growth(times: number, act: (i: number) => unknown): Promise<number> {
  let start = 0;
  for (let i = 0; i < times; i++) {
    if (i === times / 10) start = heap();
    await act(i);
  }
  return heap() - start;
}

it.each(expiries)("stays flat as 500,000 sessions are removed: %s (D11)", async (_, expiry) => {
  const driver = memoryDriver();
  const grown = await growth(500_000, (i) => {
    driver.write(`${i}`, text + i, expiry());
    driver.remove(`${i - LIVE}`);
  });
  expect(grown).toBeLessThan(GROWTH);
  expect(driver.read("499999")?.text).toBe(`${text}499999`);
});

it.each(expiries)("stays flat as 500,000 sessions are evicted: %s (D11)", async (_, expiry) => {
  const driver = memoryDriver({ maxEntries: LIVE });
  const grown = await growth(500_000, (i) => {
    driver.write(`${i}`, text + i, { ...expiry(), retain: i % 3 === 0 });
  });
  expect(grown).toBeLessThan(GROWTH);
  expect(driver.read("499999")?.text).toBe(`${text}499999`);
});

it("stays flat as 500,000 sessions expire, among others that are in use (D11)", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const driver = memoryDriver();
  const start = Date.now();
  const expiry = { expiresAt: undefined, ttl: 1000 };
  const grown = await growth(500_000, (i) => {
    if (i % LIVE === 0) vi.setSystemTime(start + 10 * i);
    driver.write(`${i}`, text + i, expiry);
    driver.write(`in use: ${i % 10}`, text + i, expiry);
  });
  expect(grown).toBeLessThan(GROWTH);
  expect(driver.read("in use: 9")?.text).toBe(`${text}499999`);
});

it("stays flat as sessions of a definition come and go, with writers that wait (D11)", async () => {
  const { store } = defineSession({
    key: z.string(),
    value: z.string(),
    keyFn: () => null,
    lifetime: { idle: "1h" },
    driver: memoryDriver({ maxEntries: LIVE }),
    onEvent: () => {},
  });
  const grown = await growth(20_000, async (i) => {
    await store.insert(`${i}`, text + i);
    const append = () => store.update(`${i}`, async (old) => `${old}.`);
    await Promise.all([append(), append(), append()]);
    if (i % 2 === 0) await store.remove(`${i}`);
  });
  expect(grown).toBeLessThan(GROWTH);
  expect(await store.find("19999")).toBe(`${text}19999...`);
});

it("keeps nothing of the header that a key was cut out of (D11)", async () => {
  const { store } = defineSession({ key: z.string(), value: z.number(), keyFn: () => null });
  const grown = await growth(5000, async (i) => {
    const header = Buffer.from(`id=${`${i}`.padStart(30, "0")}; ${text.repeat(5)}`).toString();
    await store.insert(header.slice(3, 33), i);
  });
  expect(grown).toBeLessThan(GROWTH);
  expect(await store.find("4999".padStart(30, "0"))).toBe(4999);
});

it("stays flat as sessions by cookie come and go, with writers that wait (D11)", async () => {
  const users = defineSession({
    key: z.string(),
    value: z.object({ text: z.string(), user: z.string().optional() }),
    keyFn: cookieKey(),
    driver: memoryDriver({ maxEntries: LIVE }),
    onEvent: () => {},
  });
  type Users = SessionRequest<typeof users>["session"];
  const visit = async (cookie: string, act: (session: Users) => Promise<unknown>) => {
    const request = new Request("http://localhost/", { headers: { cookie } });
    await act(await users.fromRequest(request));
    return users.finalize(new Response(), request).headers.get("set-cookie")?.split(";")[0] ?? "";
  };
  const append = async (it: { text: string }) => ({ text: `${it.text}.` });
  const grown = await growth(5000, async (i) => {
    const cookie = await visit("", (it) => it.insert({ text }));
    await Promise.all([1, 2, 3].map(() => visit(cookie, (it) => it.update(append))));
    const signedIn = await visit(cookie, (it) => it.rotate({ text, user: `${i}` }, (old) => old));
    if (i % 2 === 0) await visit(signedIn, (it) => it.remove());
    await visit(cookie, (it) => it.find());
  });
  expect(grown).toBeLessThan(GROWTH);
});
