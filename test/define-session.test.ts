import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ConfigurationError,
  defineSession,
  InvalidKeyError,
  memoryDriver,
  type SessionRequest,
  UsageError,
} from "zession";
import { z } from "zod";

const visits = defineSession({
  name: "visits",
  key: z.string().min(1),
  value: z.number().int().nonnegative(),
  keyFn: (request) => request.headers.get("x-client-id"),
});

const from = (client?: string) =>
  new Request(
    "http://localhost/",
    client === undefined ? {} : { headers: { "x-client-id": client } },
  );

describe("the middleware", () => {
  it("sets the session of the request's key, under the definition's name", async () => {
    const request = from("middleware-1") as SessionRequest<typeof visits>;
    await visits.middleware(request);
    expect(request.visits?.key).toBe("middleware-1");
    await request.visits?.insert(5);
    expect(await visits.store.find("middleware-1")).toBe(5);
  });

  it.each(["waitUntil", "ip"])("refuses a name that the request came with: %s", async (name) => {
    class ServerRequest extends Request {
      waitUntil(): void {}
      get ip(): string {
        return "127.0.0.1";
      }
    }
    const named = defineSession({
      name: name as "session",
      key: z.string(),
      value: z.number(),
      keyFn: () => "a",
    });
    const request = new ServerRequest("http://localhost/");
    await expect(named.middleware(request as never)).rejects.toBeInstanceOf(UsageError);
    expect(request.ip).toBe("127.0.0.1");
  });

  it.each([null, undefined])("sets undefined where keyFn gives %s", async (nothing) => {
    const guests = defineSession({ key: z.string(), value: z.number(), keyFn: () => nothing });
    const request = from() as SessionRequest<typeof guests>;
    await guests.middleware(request);
    expect("session" in request).toBe(true);
    expect(request.session).toBeUndefined();
  });

  it("never takes the empty text for a key of a request (S66)", async () => {
    await expect(
      visits.middleware(from("") as SessionRequest<typeof visits>),
    ).rejects.toBeInstanceOf(InvalidKeyError);
    const lax = defineSession({ key: z.string(), value: z.number(), keyFn: (): string => "" });
    await expect(lax.fromRequest(from())).rejects.toBeInstanceOf(InvalidKeyError);
    const handler = vi.fn();
    await expect(lax.wrap(handler)(from())).rejects.toThrow("keyFn give undefined");
    expect(handler).not.toHaveBeenCalled();
  });

  it("rejects when the key does not fit, before the handler and before any driver call (S4, S65)", async () => {
    const driver = memoryDriver();
    const read = vi.spyOn(driver, "read");
    const ids = defineSession({
      key: z.uuid(),
      value: z.number(),
      keyFn: (request) => request.headers.get("x-client-id"),
      driver,
    });
    const handler = vi.fn(() => new Response());
    await expect(ids.wrap(handler)(from("../../etc/passwd"))).rejects.toBeInstanceOf(
      InvalidKeyError,
    );
    expect(handler).not.toHaveBeenCalled();
    expect(read).not.toHaveBeenCalled();
  });

  it("passes on what keyFn throws, and shares no session (S66)", async () => {
    const failure = new Error("no token");
    const broken = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: async (): Promise<string> => {
        throw failure;
      },
    });
    await expect(broken.middleware(from() as SessionRequest<typeof broken>)).rejects.toBe(failure);
  });

  it("never calls the driver by itself (S6, B4)", async () => {
    const driver = memoryDriver();
    const calls = (["read", "write", "remove", "touch"] as const).map((method) =>
      vi.spyOn(driver, method),
    );
    const quiet = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a", driver });
    await quiet.wrap(() => new Response())(from());
    await quiet.fromRequest(from());
    for (const call of calls) expect(call).not.toHaveBeenCalled();
  });

  it("may be applied twice to one request", async () => {
    const request = from("twice") as SessionRequest<typeof visits>;
    await visits.middleware(request);
    await visits.middleware(request);
    expect(request.visits?.key).toBe("twice");
  });

  it("refuses a request whose property something else has set", async () => {
    const other = defineSession({
      name: "visits",
      key: z.string(),
      value: z.string(),
      keyFn: () => "a",
    });
    const request = from("both") as SessionRequest<typeof visits>;
    await visits.middleware(request);
    await expect(other.middleware(request as never)).rejects.toBeInstanceOf(UsageError);
    expect(request.visits?.key).toBe("both");
    const occupied = Object.assign(from("a"), { visits: { user: 1 } });
    await expect(visits.middleware(occupied as never)).rejects.toBeInstanceOf(UsageError);
  });

  it("refuses a request on which nothing can be set, and fromRequest opens it", async () => {
    const visits = defineSession({
      name: "visits",
      key: z.string(),
      value: z.number(),
      keyFn: (request) => request.headers.get("x-id"),
    });
    for (const headers of [{}, { "x-id": "a" }]) {
      const frozen = Object.freeze(new Request("https://a.example", { headers }));
      const refusal = visits.middleware(frozen);
      await expect(refusal).rejects.toThrow(UsageError);
      await expect(refusal).rejects.toThrow("visits.fromRequest(request)");
      await visits.fromRequest(frozen);
    }
  });

  it("gives two clients two sessions (B6)", async () => {
    const handler = visits.wrap(
      async (request) => `${await request.visits?.upsert(1, (n) => n + 1)}`,
    );
    expect(await handler(from("client-a"))).toBe("1");
    expect(await handler(from("client-b"))).toBe("1");
    expect(await handler(from("client-a"))).toBe("2");
  });
});

describe("keyFn", () => {
  it("gets the request and the further arguments of the handler", async () => {
    interface Env {
      prefix: string;
    }
    const tenants = defineSession({
      key: z.tuple([z.string(), z.string()]),
      value: z.number(),
      keyFn: async (request: Request & { ip?: string }, env: Env) => [
        env.prefix,
        request.ip ?? "none",
      ],
    });
    const fetch = tenants.wrap(async (request, env: Env, context: { n: number }) => {
      await request.session.insert(context.n);
      return `${env.prefix} ${request.session.key}`;
    });
    const request = Object.assign(from(), { ip: "::1" });
    expect(await fetch(request, { prefix: "p" }, { n: 7 })).toBe("p p,::1");
    expect(await tenants.store.find(["p", "::1"])).toBe(7);
    expect((await tenants.fromRequest(request, { prefix: "p" })).key).toEqual(["p", "::1"]);
  });
});

describe("wrap", () => {
  it("hands the response through untouched, whatever it is", async () => {
    const response = Response.redirect("http://localhost/next");
    expect(await visits.wrap(() => response)(from("a"))).toBe(response);
    expect(await visits.wrap(async () => undefined)(from("a"))).toBeUndefined();
    const body = new ReadableStream();
    expect((await visits.wrap(() => new Response(body))(from())).body).toBe(body);
  });

  it("passes on what the handler throws; what was written before stays (B42)", async () => {
    const failure = new Error("handler");
    const handler = visits.wrap(async (request) => {
      await request.visits?.insert(3);
      throw failure;
    });
    await expect(handler(from("thrower"))).rejects.toBe(failure);
    expect(await visits.store.find("thrower")).toBe(3);
  });

  it("nests: two definitions on one request", async () => {
    const theme = defineSession({
      name: "theme",
      key: z.string(),
      value: z.enum(["dark", "light"]),
      keyFn: () => "t",
    });
    const handler = visits.wrap(
      theme.wrap(async (request: SessionRequest<typeof visits> & SessionRequest<typeof theme>) => {
        await request.visits?.insert(1);
        await request.theme.insert("dark");
        return `${request.visits?.key} ${request.theme.key}`;
      }),
    );
    expect(await handler(from("nested"))).toBe("nested t");
    expect(await theme.store.find("t")).toBe("dark");
  });
});

describe("the definition", () => {
  it("works with its members taken out", async () => {
    const { name, middleware, finalize, wrap, session, store, fromRequest, close } = defineSession({
      name: "parts",
      key: z.string(),
      value: z.number(),
      keyFn: () => "a",
    });
    const { find, upsert } = store;
    expect(name).toBe("parts");
    expect(await upsert("a", 1, (n) => n + 1)).toBe(1);
    expect(await find("a")).toBe(1);
    expect(await session("a").find()).toBe(1);
    expect(await (await fromRequest(from())).find()).toBe(1);
    const request = Object.assign(from(), {} as { parts: never });
    await middleware(request);
    expect(await wrap((it) => it.parts.find())(from())).toBe(1);
    const response = new Response();
    expect(finalize(response, request)).toBe(response);
    await close();
  });

  it("keeps sessions in memory of its own by default", async () => {
    const options = { key: z.string(), value: z.number(), keyFn: () => "a" } as const;
    const [one, other] = [defineSession(options), defineSession(options)];
    await one.store.insert("a", 1);
    expect(await other.store.find("a")).toBeUndefined();
  });

  it("shares a driver with others of another name", async () => {
    const driver = memoryDriver();
    const options = { key: z.string(), value: z.number(), keyFn: () => "a", driver } as const;
    const one = defineSession({ ...options, name: "one" });
    const other = defineSession({ ...options, name: "other" });
    await one.store.insert("a", 1);
    expect(await other.store.find("a")).toBeUndefined();
    expect(await defineSession({ ...options, name: "one" }).store.find("a")).toBe(1);
  });
});

describe("an option that is wrong", () => {
  const good = { key: z.string(), value: z.number(), keyFn: () => "a" };
  const wrong: [string, object][] = [
    ["name empty", { name: "" }],
    ["name too long", { name: "n".repeat(65) }],
    ["name not text", { name: 5 }],
    ["name not Unicode", { name: "\ud800" }],
    ["name of a request's property", { name: "headers" }],
    ["name of an object's property", { name: "constructor" }],
    ["name __proto__", { name: "__proto__" }],
    ["name that itty-router sets", { name: "params" }],
    ["name that makes a promise of the request", { name: "then" }],
    ["idle limit beyond the absolute one", { lifetime: { idle: "12h", absolute: "30m" } }],
    ["key missing", { key: undefined }],
    ["key no schema", { key: {} }],
    ["value missing", { value: undefined }],
    ["value no schema", { value: z.object }],
    ["value a schema of an older kind", { value: { parse: () => 1 } }],
    ["keyFn missing", { keyFn: undefined }],
    ["keyFn no function", { keyFn: "x-client-id" }],
    ["driver null-like", { driver: {} }],
    ["driver without write", { driver: { atomic: true, read: () => {}, remove: () => {} } }],
    ["driver without atomic", { driver: { read: () => {}, write: () => {}, remove: () => {} } }],
    ["driver a factory that was not called", { driver: memoryDriver }],
    ["maxBytes 0", { maxBytes: 0 }],
    ["maxBytes NaN", { maxBytes: Number.NaN }],
    ["maxBytes text", { maxBytes: "1mb" }],
    ["onInvalid unknown", { onInvalid: "drop" }],
    ["clock no function", { clock: 0 }],
    ["onEvent no function", { onEvent: "log" }],
    ["name that leaves no room for keys", { name: "界".repeat(57) }],
    ["lifetime a duration", { lifetime: "30m" }],
    ["lifetime a list", { lifetime: [] }],
    ["lifetime misspelt", { lifetime: { idel: "30m" } }],
    ["timeout that no timer can wait for", { timeout: "25d" }],
  ];

  it.each(wrong)(
    "is refused when the session is defined, not at the first request (B13): %s",
    (_, options) => {
      expect(() => defineSession({ ...good, ...options } as never)).toThrow(ConfigurationError);
    },
  );

  it("names the option", () => {
    expect(() => defineSession({ ...good, maxBytes: 0 } as never)).toThrow(/"maxBytes"/);
  });
});

describe("a stored record that no longer fits the schema (S59)", () => {
  const driver = memoryDriver();
  const base = { key: z.string(), keyFn: () => "a", driver } as const;
  const before = defineSession({ ...base, value: z.object({ name: z.string() }) });
  const now = { ...base, value: z.object({ name: z.string(), age: z.number() }) };

  beforeEach(async () => void (await before.store.insert("a", { name: "Ada" })));
  afterEach(async () => void (await before.store.remove("a")));

  it("is reported with the schema's issues, and kept (B14)", async () => {
    const { store } = defineSession(now);
    for (const verb of [
      () => store.find("a"),
      () => store.swap("a", { name: "Bob", age: 1 }),
      () => store.upsert("a", { name: "Bob", age: 1 }, (it) => it),
      () => store.update("a", (it) => it),
      () => store.touch("a"),
    ]) {
      await expect(verb()).rejects.toMatchObject({
        name: "InvalidRecordError",
        issues: [{ path: ["age"] }],
      });
    }
    expect(await before.store.find("a")).toEqual({ name: "Ada" });
    expect(await store.insert("a", { name: "Bob", age: 1 })).toEqual({ name: "Bob", age: 1 });
    expect(await store.find("a")).toEqual({ name: "Bob", age: 1 });
  });

  it("counts as absent with onInvalid: discard, and is left alone until the next write (B17)", async () => {
    const { store } = defineSession({ ...now, onInvalid: "discard" });
    expect(await store.find("a")).toBeUndefined();
    expect(await store.update("a", (it) => it)).toBeUndefined();
    expect(await before.store.find("a")).toEqual({ name: "Ada" });
    expect(await store.upsert("a", { name: "Bob", age: 1 }, (it) => it)).toEqual({
      name: "Bob",
      age: 1,
    });
    expect(await store.find("a")).toEqual({ name: "Bob", age: 1 });
  });

  it("starts a new age where its own ends before it is replaced", async () => {
    await before.store.remove("a");
    let time = 0;
    const write = vi.spyOn(driver, "write");
    const options = { lifetime: { absolute: 1_000 }, clock: () => time } as const;
    await defineSession({ ...base, ...options, value: z.string() }).store.insert("a", "old");
    const { store } = defineSession({ ...now, ...options, onInvalid: "discard" });
    const initial = async () => {
      time = 1_000;
      return { name: "Bob", age: 1 };
    };
    expect(await store.upsert("a", initial, (it) => it)).toEqual({ name: "Bob", age: 1 });
    expect(write.mock.lastCall?.[2]).toMatchObject({ expiresAt: 2_000, ttl: 1_000 });
    write.mockRestore();
  });

  it("can be replaced under an absolute limit too, whatever the policy", async () => {
    const { store } = defineSession({ ...now, lifetime: { absolute: "1h" } });
    await expect(store.find("a")).rejects.toMatchObject({ name: "InvalidRecordError" });
    await store.insert("a", { name: "Bob", age: 1 });
    expect(await store.find("a")).toEqual({ name: "Bob", age: 1 });
  });

  it("keeps its age where it is replaced, so that the absolute limit holds (S26)", async () => {
    let time = 0;
    const aged = (value: z.ZodType<unknown>) =>
      defineSession({
        ...base,
        name: "aged",
        value,
        lifetime: { absolute: 1000 },
        clock: () => time,
      });
    await aged(z.string()).store.insert("a", "old");
    time = 900;
    await aged(z.number()).store.insert("a", 1);
    time = 999;
    expect(await aged(z.number()).store.find("a")).toBe(1);
    time = 1000;
    expect(await aged(z.number()).store.find("a")).toBeUndefined();
  });

  it("is read by a schema that has learnt about it, and rewritten at the next write only (B16)", async () => {
    const write = vi.spyOn(driver, "write");
    const { store } = defineSession({
      ...base,
      value: z.object({ name: z.string(), age: z.number().default(0) }),
    });
    expect(await store.find("a")).toEqual({ name: "Ada", age: 0 });
    expect(write).not.toHaveBeenCalled();
    await store.update("a", () => {});
    expect(write).toHaveBeenCalledTimes(1);
    write.mockRestore();
  });
});
