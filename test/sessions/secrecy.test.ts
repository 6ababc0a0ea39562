import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import {
  bearerKey,
  cookieKey,
  type Driver,
  defineSession,
  type SessionEvent,
  type SessionRequest,
} from "zession";
import { z } from "zod";
import { ORIGIN, tokenOf } from "./browser.ts";
import { drivers } from "./drivers.ts";

/** Everything that a thief of the store, the logs and the memory of a console would have. */
function dump(driver: Driver) {
  const loot: unknown[] = [];
  for (const method of ["read", "write", "remove", "touch"] as const) {
    const original = (driver[method] as (...args: never[]) => unknown).bind(driver);
    Object.assign(driver, {
      [method]: async (...args: never[]) => {
        loot.push(args);
        const result = await original(...args);
        loot.push(result);
        return result;
      },
    });
  }
  const consoles = (["log", "info", "warn", "error", "debug"] as const).map((it) =>
    vi.spyOn(console, it).mockImplementation((...args) => void loot.push(args)),
  );
  return {
    loot,
    text: () => {
      for (const it of consoles) it.mockRestore();
      return loot
        .map((it) => {
          const error =
            it instanceof Error ? `${it.message}\n${it.stack}\n${JSON.stringify(it)}` : "";
          return `${error}${inspect(it, { depth: 20, showHidden: true, getters: false })}${safeJson(it)}`;
        })
        .join("\n");
    },
  };
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

describe.each(drivers)("a stolen copy of everything – %s", (_, make) => {
  it.each([undefined, ["a secret that is 32 bytes long, or more"]])(
    "holds no token by which to come in, nor a secret: cookie, secrets %j (S8, S11)",
    async (secrets) => {
      const driver = make();
      const { loot, text } = dump(driver);
      const visits = defineSession({
        name: "visits",
        key: z.string(),
        value: z.object({ n: z.number(), note: z.string().optional() }),
        keyFn: cookieKey(secrets === undefined ? {} : { secrets }),
        driver,
        lifetime: { idle: "1h" },
        onEvent: (event: SessionEvent) => loot.push(event),
      });
      loot.push(visits);
      const tokens: string[] = [];
      let cookie = "";
      type Work = (session: SessionRequest<typeof visits>["visits"]) => Promise<unknown>;
      const visit = async (work: Work): Promise<void> => {
        const request = new Request(ORIGIN, { headers: cookie === "" ? {} : { cookie } });
        const session = (await visits.fromRequest(request)) as SessionRequest<
          typeof visits
        >["visits"];
        try {
          loot.push(await work(session));
        } catch (error) {
          loot.push(error, (error as Error).cause);
        }
        loot.push(session, session.key);
        const response = visits.finalize(new Response(), request);
        const [set] = response.headers.getSetCookie();
        if (set?.includes("Max-Age=0")) cookie = "";
        else if (set !== undefined) {
          cookie = set.split(";")[0] ?? "";
          tokens.push(tokenOf(cookie), cookie.slice(cookie.indexOf("=") + 1));
        }
      };
      const failing = async (method: "read" | "write" | "remove", work: Work): Promise<void> => {
        const original = driver[method];
        Object.assign(driver, {
          [method]: (...args: unknown[]) =>
            Promise.reject(Object.assign(new Error(`down: ${args}`), { command: { args } })),
        });
        await visit(work);
        Object.assign(driver, { [method]: original });
      };

      await visit((session) => session.insert({ n: 1 }));
      await visit((session) => session.upsert({ n: 1 }, (it) => void it.n++));
      await visit((session) => session.insert({ n: "wrong" } as never));
      await visit((session) => session.rotate());
      await visit((session) => session.take("note"));
      await failing("read", (session) => session.find());
      await failing("write", (session) => session.rotate());
      await failing("remove", (session) => session.remove());
      await visit((session) => session.insert({ n: 1 }));
      const old = cookie;
      await visit(async (session) => {
        await session.find();
        await (await visits.fromRequest(new Request(ORIGIN, { headers: { cookie } }))).remove();
        await session.insert({ n: 2 });
      });
      cookie = old;
      await visit((session) => session.find());
      cookie = `${old}${old.split("=")[1]}`;
      await visit((session) => session.find());

      expect(tokens.length).toBeGreaterThanOrEqual(4);
      const everything = text();
      expect(everything).toContain("SessionEndedError");
      expect(everything).toContain("UnavailableError");
      for (const token of tokens) {
        expect(everything).not.toContain(token);
        expect(everything).not.toContain(token.slice(0, 20));
      }
      for (const secret of secrets ?? []) expect(everything).not.toContain(secret);
    },
  );

  it("holds no token by which to come in: bearer (S8, S11)", async () => {
    const driver = make();
    const { loot, text } = dump(driver);
    const token = "a-bearer-token-that-was-handed-out.0123456789~+/=";
    const clients = defineSession({
      key: z.string(),
      value: z.number(),
      keyFn: bearerKey(),
      driver,
      onEvent: (event) => loot.push(event),
    });
    await clients.store.insert(token, 1);
    const headers = { authorization: `Bearer ${token}` };
    const session = await clients.fromRequest(new Request(ORIGIN, { headers }));
    loot.push(clients, session, await session?.upsert(1, (n) => n + 1));
    loot.push(await session?.insert("wrong" as never).catch((it) => it));
    expect(await clients.store.find(token)).toBe(2);
    expect(await session?.remove()).toBe(true);
    const everything = text();
    expect(everything).toContain("InvalidValueError");
    expect(everything).not.toContain(token);
    expect(everything).not.toContain("handed-out");
  });
});
