import { inspect } from "node:util";
import { error as ittyError } from "itty-router";
import { describe, expect, it } from "vitest";
import {
  ConfigurationError,
  ConflictError,
  cookieKey,
  defineSession,
  InvalidKeyError,
  InvalidRecordError,
  InvalidValueError,
  isSessionError,
  memoryDriver,
  SessionEndedError,
  SessionError,
  type SessionEvent,
  TooLargeError,
  UnavailableError,
} from "zession";
import { z } from "zod";

const SECRET = "hunter2-secret";

const classes = [
  [InvalidKeyError, "InvalidKeyError", "ERR_SESSION_INVALID_KEY", 400],
  [InvalidValueError, "InvalidValueError", "ERR_SESSION_INVALID_VALUE", 422],
  [SessionEndedError, "SessionEndedError", "ERR_SESSION_ENDED", 401],
  [ConflictError, "ConflictError", "ERR_SESSION_CONFLICT", 409],
  [TooLargeError, "TooLargeError", "ERR_SESSION_TOO_LARGE", 413],
  [InvalidRecordError, "InvalidRecordError", "ERR_SESSION_INVALID_RECORD", 500],
  [ConfigurationError, "ConfigurationError", "ERR_SESSION_CONFIGURATION", 500],
  [UnavailableError, "UnavailableError", "ERR_SESSION_UNAVAILABLE", 503],
] as const;

describe("the errors", () => {
  it.each(classes)("%o has its name, code and status", (Class, name, code, status) => {
    const error: SessionError = new Class("message");
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ name, code, status, message: "message" });
    expect(`${error}`).toBe(`${name}: message`);
    expect(inspect(error)).toContain(name);
  });

  it.each(classes)(
    "%o answers through itty-router's error() with its status",
    async (Class, _, code, status) => {
      const response = ittyError(new Class("message"));
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ status, error: "message", code });
    },
  );

  it("tells by its cause why the driver failed", async () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:6379"), {
      code: "ECONNREFUSED",
      errno: -111,
      syscall: "connect",
    });
    const driver = { ...memoryDriver(), atomic: true, read: () => Promise.reject(cause) };
    const { store } = defineSession({
      key: z.string(),
      value: z.string(),
      keyFn: () => null,
      driver: Object.assign(memoryDriver(), driver),
    });
    const error = await store.find("a").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "UnavailableError", cause: { ...cause, name: "Error" } });
    expect((error as Error).cause).toHaveProperty("message", cause.message);
    expect((error as Error).cause).not.toBe(cause);
  });
});

describe("an option that does not exist is refused, as in JavaScript nothing else would", () => {
  const base = { key: z.string(), value: z.number(), keyFn: () => null };
  const mistakes: [string, () => unknown, string][] = [
    ["defineSession", () => defineSession({ ...base, lifeTime: {} } as never), '"lifetime"'],
    [
      "lifetime",
      () => defineSession({ ...base, lifetime: { absolut: "1h" } } as never),
      '"absolute"',
    ],
    ["memoryDriver", () => memoryDriver({ maxEntrys: 5 } as never), '"maxEntries"'],
    ["cookieKey", () => cookieKey({ sercets: [] } as never), '"secrets"'],
    [
      "defineSession",
      () => defineSession({ ...base, store: {} } as never),
      "The options are: name",
    ],
  ];

  it.each(mistakes)("%s", (owner, make, advice) => {
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(`${owner}: there is no option`);
    expect(make).toThrow(advice);
  });
});

describe("isSessionError", () => {
  it("recognises errors of another copy of the package", () => {
    const foreign = Object.assign(new Error("from elsewhere"), {
      code: "ERR_SESSION_CONFLICT",
      status: 409,
    });
    expect(isSessionError(foreign)).toBe(true);
    expect(isSessionError(new ConflictError("from here"))).toBe(true);
  });

  it.each([
    undefined,
    null,
    "ERR_SESSION_CONFLICT",
    new Error("x"),
    { code: 1 },
    { code: "ERR_OTHER" },
  ])("says no to %o", (thing) => expect(isSessionError(thing)).toBe(false));
});

describe("what an error shows (S11)", () => {
  const { store, session } = defineSession({
    key: z.string().max(40),
    value: z.object({ token: z.string().max(20), at: z.unknown() }),
    keyFn: () => null,
    maxBytes: 200,
    driver: memoryDriver(),
  });

  async function thrownBy(promise: Promise<unknown>): Promise<SessionError> {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof SessionError)) throw new Error("expected a SessionError");
    return error;
  }

  const cases: Record<string, () => Promise<unknown>> = {
    "an invalid key": () => store.find(SECRET.repeat(4)),
    "a key that cannot be encoded": () => store.find(`${SECRET}\ud800`),
    "an invalid value": () => store.insert("a", { token: SECRET.repeat(2), at: 0 }),
    "a value that cannot be stored": () => store.insert("a", { token: SECRET, at: () => SECRET }),
    "a value that is too large": () => store.insert("a", { token: SECRET, at: SECRET.repeat(20) }),
  };

  it.each(Object.keys(cases))("holds neither key nor value: %s", async (name) => {
    const error = await thrownBy(cases[name]?.() ?? Promise.resolve());
    const shown = [
      error.message,
      error.stack,
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      await ittyError(error).text(),
    ];
    expect(shown.join("\n")).not.toContain("hunter2");
  });

  it("holds no stored value: a damaged record", async () => {
    const driver = memoryDriver();
    const broken = defineSession({ key: z.string(), value: z.number(), keyFn: () => null, driver });
    for (const text of [SECRET, `{"json":"${SECRET}","v":1,"at":0}`]) {
      driver.write("session:a", text, { expiresAt: undefined, ttl: undefined });
      const error = await thrownBy(broken.store.find("a"));
      expect(error).toBeInstanceOf(InvalidRecordError);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("hunter2");
    }
  });

  class ReplyError extends Error {
    override readonly name: string = "ReplyError";
  }
  const clientErrors: [string, Error, object][] = [
    [
      "Postgres",
      Object.assign(new Error(`duplicate key "${SECRET}"`), {
        code: "23505",
        detail: `Key (text)=(${SECRET}) already exists.`,
        where: SECRET,
        parameters: [SECRET],
      }),
      { name: "Error", code: "23505" },
    ],
    [
      "Redis",
      Object.assign(new ReplyError(`OOM command not allowed, args ${SECRET}`), {
        command: { name: "evalsha", args: [SECRET] },
      }),
      { name: "ReplyError", code: "OOM" },
    ],
    [
      "SQLite",
      Object.assign(new Error(`near "${SECRET}": syntax error`), {
        code: "ERR_SQLITE_ERROR",
        errcode: 1,
        errstr: SECRET,
      }),
      { code: "ERR_SQLITE_ERROR", errcode: 1 },
    ],
    [
      "a fetch",
      new TypeError(`fetch of ${SECRET} failed`, {
        cause: Object.assign(new Error(SECRET), { code: "ENOTFOUND", host: SECRET }),
      }),
      { name: "TypeError", cause: { code: "ENOTFOUND" } },
    ],
    ["a code that is a sentence", Object.assign(new Error(), { code: `no ${SECRET}` }), {}],
    ["a name that is a sentence", Object.assign(new Error(), { name: `no ${SECRET}` }), {}],
    ["no error at all", SECRET as unknown as Error, { message: "not an Error: string" }],
  ];

  it.each(clientErrors)(
    "holds no value, nor does its cause or event: an error of %s that quotes one (S11)",
    async (_, thrown, kept) => {
      const events: SessionEvent[] = [];
      const driver = Object.assign(memoryDriver(), { read: () => Promise.reject(thrown) });
      const failing = defineSession({
        key: z.string(),
        value: z.number(),
        keyFn: () => null,
        driver,
        onEvent: (event) => events.push(event),
      });
      const error = await thrownBy(failing.store.find("a"));
      expect(error.cause).toMatchObject(kept);
      for (const thing of [error, error.cause, ...events]) {
        const shown = inspect(thing, { depth: 9, showHidden: true }) + JSON.stringify(thing);
        expect(shown).not.toContain("hunter2");
      }
      expect((error.cause as Error).stack).not.toContain("hunter2");
    },
  );

  it("survives an error that is its own cause", async () => {
    const circle = new Error("circle");
    circle.cause = circle;
    const driver = Object.assign(memoryDriver(), { read: () => Promise.reject(circle) });
    const options = { key: z.string(), value: z.number(), keyFn: () => null, driver };
    expect(await thrownBy(defineSession(options).store.find("a"))).toBeInstanceOf(UnavailableError);
  });

  it("holds neither key nor value: a session handle", async () => {
    const handle = session(SECRET);
    await handle.insert({ token: SECRET, at: 0 });
    expect(inspect(handle, { depth: 9, showHidden: true })).not.toContain("hunter2");
    expect(JSON.stringify(handle)).not.toContain("hunter2");
  });
});
