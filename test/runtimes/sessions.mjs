// What sessions promise, in plain JavaScript and without a test runner, for every runtime.
import { cookieKey, defineSession, headerKey, memoryDriver } from "zession";
import { fakeClock } from "zession/testing";
import { z } from "zod";

/** Names each part of a value with its type, as text. */
function show(value) {
  return JSON.stringify(value, function (key) {
    const part = this[key];
    if (part instanceof Map) return ["Map", ...part];
    if (part instanceof Set) return ["Set", ...part];
    if (part instanceof Date) return `Date ${part.getTime()}`;
    if (ArrayBuffer.isView(part)) return [part.constructor.name, ...part];
    if (part instanceof URL || part instanceof RegExp) return `${part.constructor.name} ${part}`;
    if (typeof part === "object") return part;
    return typeof part === "string" ? part : `${typeof part} ${Object.is(part, -0) ? "-0" : part}`;
  });
}

function equal(found, wanted) {
  if (show(found) !== show(wanted)) throw new Error(`${show(found)} instead of ${show(wanted)}`);
}

/** Returns the code of the error that a promise rejects with. */
const codeOf = (promise) =>
  promise.then(
    () => "none",
    (error) => error.code,
  );

/** Sends requests with the cookies that came before. */
function browserOf(fetch) {
  const cookies = new Map();
  const visit = async (path, { method = "GET", cookie } = {}) => {
    const sent = cookie ?? [...cookies].map((it) => it.join("=")).join("; ");
    const headers = sent === "" ? {} : { cookie: sent };
    const response = await fetch(new Request(`https://a.test${path}`, { method, headers }));
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    return response.text();
  };
  return { visit, cookies };
}

const keyed = (options) =>
  defineSession({
    key: z.string(),
    keyFn: headerKey("x-client"),
    driver: memoryDriver(),
    ...options,
  });

const wait = () => new Promise((resolve) => setTimeout(resolve));

/** The tests, by what they show. */
export const sessions = {
  async "every verb does what it says"() {
    const value = z.object({ count: z.number(), message: z.string().optional() });
    const own = keyed({ value }).session("a");
    equal(await own.find(), undefined);
    equal(await own.update((it) => it), undefined);
    equal(await own.insert({ count: 1, message: "hi" }), { count: 1, message: "hi" });
    equal(await own.swap({ count: 2, message: "ho" }), { count: 1, message: "hi" });
    equal(await own.take("message"), "ho");
    equal(await own.take("message"), undefined);
    equal(await own.upsert({ count: 9 }, (it) => void it.count++), { count: 3 });
    equal(await own.update(async (it) => ({ count: it.count * 2 })), { count: 6 });
    equal(await own.touch(), true);
    equal(await own.remove(), true);
    equal(await own.remove(), false);
    equal(await own.upsert({ count: 9 }, (it) => it), { count: 9 });
  },

  async "values come back as they were"() {
    const value = {
      text: "ä\u2028\ud83d\ude00",
      numbers: [Number.NaN, -0, Infinity, 1n << 70n],
      nothing: [undefined, null],
      date: new Date(1234),
      map: new Map([["a", new Set([1, "b"])]]),
      bytes: new Uint8Array([0, 255]),
      floats: new Float64Array([0.5]),
      url: new URL("https://a.test/b?c"),
      pattern: /a+/giu,
    };
    const own = keyed({ value: z.any() }).session("a");
    await own.insert(value);
    equal(await own.find(), value);
  },

  async "what does not fit is refused, and changes nothing"() {
    const own = keyed({ value: z.object({ count: z.number().max(5) }) }).session("a");
    await own.insert({ count: 5 });
    equal(await codeOf(own.update((it) => void it.count++)), "ERR_SESSION_INVALID_VALUE");
    equal(await codeOf(own.insert({ count: () => 1 })), "ERR_SESSION_INVALID_VALUE");
    equal(await own.find(), { count: 5 });
  },

  async "overlapping updates lose none"() {
    const own = keyed({ value: z.number() }).session("a");
    const increment = () => own.upsert(1, (n) => wait().then(() => n + 1));
    await Promise.all(Array.from({ length: 50 }, increment));
    equal(await own.find(), 50);
  },

  async "definitions that share a driver lose no update to each other"() {
    const driver = memoryDriver();
    const [one, two] = [1, 2].map(() => keyed({ value: z.number(), driver }).session("a"));
    const increment = (_, i) => (i % 2 ? one : two).upsert(1, (n) => wait().then(() => n + 1));
    await Promise.all(Array.from({ length: 20 }, increment));
    equal(await two.find(), 20);
  },

  async "sessions end by the clock: when unused, and when old"() {
    const clock = fakeClock();
    const lifetime = { idle: "10m", absolute: "25m" };
    const own = keyed({ value: z.number(), clock, lifetime }).session("a");
    await own.insert(1);
    for (const minutes of [9, 9]) {
      clock.advance(minutes * 60_000);
      equal(await own.touch(), true);
    }
    clock.advance(6 * 60_000);
    equal(await own.find(), 1);
    clock.advance(60_000);
    equal(await own.find(), undefined);
    await own.insert(2);
    clock.advance(10 * 60_000);
    equal(await own.touch(), false);
  },

  async "a signed cookie counts, rotates and signs out, and no forged one is taken"() {
    const secret = "an old secret of the site, long enough";
    const visits = (secrets) =>
      defineSession({ name: "visits", value: z.number(), keyFn: cookieKey({ secrets }), driver });
    const driver = memoryDriver();
    const handle = (definition) =>
      definition.wrap(async ({ method, visits }) => {
        if (method === "POST") await visits.rotate();
        if (method === "DELETE") return new Response(`${await visits.remove()}`);
        return new Response(`${await visits.upsert(1, (n) => n + 1)}`);
      });
    const { visit, cookies } = browserOf(handle(visits([secret])));
    equal([await visit("/"), await visit("/")], ["1", "2"]);
    const [[name, token]] = cookies;
    equal(name, "__Host-visits");
    equal(await visit("/", { method: "POST" }), "3");
    if (cookies.get(name) === token) throw new Error("the token is the same");
    // The one of before the rotation is dead, and a forged one is nobody's.
    const refused = browserOf(handle(visits([secret])));
    const forged = token.replace(/.$/, (it) => (it === "A" ? "Q" : "A"));
    equal(await refused.visit("/", { cookie: `${name}=${forged}` }), "1");
    // A new secret signs, and the old one is still good.
    const newer = browserOf(handle(visits(["a new secret of the site, long enough", secret])));
    const cookie = `${name}=${cookies.get(name)}`;
    equal(await newer.visit("/", { cookie }), "4");
    equal(await visit("/", { method: "DELETE" }), "true");
    equal(await visit("/", { method: "DELETE" }), "false");
  },

  async "signing in by rotate ends the session of before, for whoever holds its token"() {
    const value = z.object({ user: z.string().optional() });
    const users = defineSession({
      name: "users",
      value,
      keyFn: cookieKey(),
      driver: memoryDriver(),
    });
    const fetch = users.wrap(async ({ method, url, users }) => {
      if (method === "POST")
        return Response.json(await users.rotate({ user: "ann" }, () => ({ user: "ann" })));
      if (url.endsWith("/begin")) await users.insert({});
      return Response.json((await users.find()) ?? null);
    });
    const { visit, cookies } = browserOf(fetch);
    equal(await visit("/begin"), "{}");
    const old = [...cookies].map((it) => it.join("=")).join();
    equal(await visit("/", { method: "POST" }), '{"user":"ann"}');
    equal(await visit("/"), '{"user":"ann"}');
    equal(await browserOf(fetch).visit("/", { cookie: old }), "null");
  },
};
