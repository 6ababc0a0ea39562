import { describe, expect, it } from "vitest";
import {
  ConfigurationError,
  combine,
  cookieKey,
  type Driver,
  defineSession,
  type InferSession,
  memoryDriver,
  UsageError,
} from "zession";
import { faultyDriver } from "zession/testing";
import { z } from "zod";
import { late } from "../late.ts";
import { Browser, ORIGIN } from "./browser.ts";
import { drivers } from "./drivers.ts";

const Member = z.object({
  user: z.object({ id: z.number(), tags: z.array(z.string()) }).optional(),
  role: z.enum(["guest", "admin"]).default("guest"),
  seen: z.map(z.string(), z.set(z.date())).optional(),
  cart: z.array(z.string()),
});
const ann = { id: 1, tags: ["a", "b"] };
const day = new Date("2026-01-01");
const signedIn = () => ({
  user: structuredClone(ann),
  role: "admin" as const,
  seen: new Map([["site", new Set([day])]]),
  cart: ["tea"],
});

function define(driver: Driver = memoryDriver()) {
  const members = defineSession({
    name: "members",
    value: Member,
    keyFn: cookieKey(),
    driver,
    privileged: ["user", "role", "seen"],
  });
  type Handle = InferSession<typeof members>;
  /** Runs a function on the session of a request with the browser's cookies. */
  const visit = async <Result>(browser: Browser, run: (session: Handle) => Promise<Result>) => {
    let result: Result | undefined;
    const response = await members.wrap(async (request) => {
      result = await run(request.members);
      return new Response();
    })(browser.request());
    for (const cookie of response.headers.getSetCookie())
      await browser.jar.setCookie(cookie, ORIGIN);
    return result as Result;
  };
  const signIn = async (): Promise<Browser> => {
    const browser = new Browser(() => new Response());
    await visit(browser, (session) => session.rotate(signedIn(), (it) => it));
    return browser;
  };
  return { members, signIn, visit };
}

/** Every way to write a privileged field without a new key, as a program without types has it. */
// biome-ignore lint/suspicious/noExplicitAny: what no types have checked
type Untyped = any;
const writes: Record<string, [field: string, write: (it: Untyped) => Promise<unknown>]> = {
  "insert of another": ["user", (it) => it.insert({ cart: [], user: { ...ann, id: 2 } })],
  "insert of the same": ["user", (it) => it.insert({ cart: [], user: ann })],
  "insert over it": ["user", (it) => it.insert({ cart: [] })],
  "insert of what an object inherits": ["user", (it) => it.insert(Object.create(signedIn()))],
  swap: ["role", (it) => it.swap({ cart: [], role: "guest" })],
  "swap over it": ["user", (it) => it.swap({ cart: [] })],
  "an initial value": ["user", (it) => it.upsert({ cart: [], user: ann }, () => {})],
  update: ["user", (it) => it.update((v: Untyped) => ({ ...v, user: { ...ann, id: 2 } }))],
  "update in place": [
    "user",
    (it) =>
      it.update((v: Untyped) => {
        v.user.id = 2;
      }),
  ],
  "update of an item": [
    "user",
    (it) =>
      it.update((v: Untyped) => {
        v.user.tags[0] = "z";
      }),
  ],
  "update of another item": ["user", (it) => it.update((v: Untyped) => void v.user.tags.push("z"))],
  "update of a map": ["seen", (it) => it.update((v: Untyped) => void v.seen.set("b", new Set()))],
  "update of a set": [
    "seen",
    (it) => it.update((v: Untyped) => void v.seen.get("site").add(new Date(5))),
  ],
  "update of a date": [
    "seen",
    (it) => it.update((v: Untyped) => void [...v.seen.get("site")][0].setTime(5)),
  ],
  "update that deletes": ["user", (it) => it.update((v: Untyped) => void delete v.user)],
  "update that leaves out": ["role", (it) => it.update(({ role: _, ...v }: Untyped) => v)],
  "update that is asynchronous": [
    "role",
    (it) =>
      it.update(async (v: Untyped) => {
        await Promise.resolve();
        v.role = "guest";
      }),
  ],
  upsert: ["role", (it) => it.upsert({ cart: [] }, (v: Untyped) => ({ ...v, role: "guest" }))],
  take: ["user", (it) => it.take("user")],
};

describe.each(drivers)("privileged fields – %s", (_, make) => {
  it("are written by rotate, under a new key, and are kept by every other write", async () => {
    const { signIn, visit } = define(make());
    const browser = new Browser(() => new Response());
    await visit(browser, (session) => session.insert({ cart: ["tea"] }));
    const before = browser.cookie;
    const stored = await visit(browser, (session) =>
      session.rotate(signedIn(), (it) => ({ ...it, ...signedIn() })),
    );
    expect(stored).toEqual(signedIn());
    expect(browser.cookie).not.toBe(before);
    const { cookie } = browser;
    const expected = { ...signedIn(), cart: ["tea", "milk", "rice"] };
    const kept = await visit(browser, async (session) => {
      await session.update((it) => void it.cart.push("milk"));
      await session.upsert({ cart: [] }, async (it) => void it.cart.push("rice"));
      return session.find();
    });
    expect(kept).toEqual(expected);
    expect(browser.cookie).toBe(cookie);
    // Signed in again, in one request with other writes.
    const other = await signIn();
    const rights = await visit(other, async (session) => {
      await session.update((it) => void it.cart.push("milk"));
      await session.rotate({ cart: [] }, (it) => {
        it.role = "guest";
      });
      return session.find();
    });
    expect(rights).toEqual({ ...signedIn(), role: "guest", cart: ["tea", "milk"] });
  });

  it.each(Object.entries(writes))(
    "are refused to %s, with a sentence that names the field and the way (fixation)",
    async (_, [field, write]) => {
      const { members, signIn, visit } = define(make());
      const browser = await signIn();
      const key = await visit(browser, async (session) => {
        const error = await write(session).catch((it: unknown) => it);
        expect(error).toBeInstanceOf(UsageError);
        expect((error as UsageError).message).toBe(
          `"${field}" is privileged, so this verb cannot write it. Write it by rotate(initial, update), which gives the session a new key. Nothing was stored.`,
        );
        expect(await session.find()).toEqual(signedIn());
        return session.key as string;
      });
      await expect(write(members.session(key))).rejects.toThrow(UsageError);
      expect(await members.store.find(key)).toEqual(signedIn());
    },
  );

  it("are refused to the first value of a session, and stored as the schema fills them", async () => {
    const { visit } = define(make());
    const browser = new Browser(() => new Response());
    await visit(browser, async (session: Untyped) => {
      for (const initial of [
        { cart: [], user: ann },
        { cart: [], role: "admin" },
      ]) {
        await expect(session.insert(initial)).rejects.toThrow(UsageError);
        await expect(session.swap(initial)).rejects.toThrow(UsageError);
        await expect(session.upsert(initial, () => {})).rejects.toThrow(UsageError);
        await expect(
          session.upsert(
            () => initial,
            () => {},
          ),
        ).rejects.toThrow(UsageError);
        await expect(
          session.upsert(
            async () => initial,
            () => {},
          ),
        ).rejects.toThrow(UsageError);
      }
      expect(await session.find()).toBeUndefined();
    });
    expect(browser.cookie).toBe("");
    const stored = await visit(browser, (session) => session.insert({ cart: [] }));
    expect(stored).toEqual({ role: "guest", cart: [] });
    await visit(browser, async (session) => {
      expect(await session.swap({ cart: ["tea"] })).toEqual(stored);
      const read = await session.update((it) => void it.cart.push("milk"));
      expect(read).toEqual({ role: "guest", cart: ["tea", "milk"] });
    });
  });

  it("are kept when another request signs in meanwhile, which ends this one", async () => {
    const { signIn, visit } = define(late(make()));
    const browser = await signIn();
    const writes = Array.from({ length: 8 }, (_, index) =>
      visit(browser, (session) =>
        index === 4
          ? session.rotate({ cart: [] }, (it) => {
              it.role = "guest";
            })
          : session.update((it) => void it.cart.push(`${index}`)),
      ).catch((error: unknown) => error),
    );
    await Promise.all(writes);
    const found = await visit(browser, (session) => session.find());
    expect(found?.role).toBe("guest");
    expect(found?.user).toEqual(ann);
  });
});

describe("privileged fields", () => {
  it("may be written in another order, and with what is equal", async () => {
    const { signIn, visit } = define();
    const browser = await signIn();
    const found = await visit(browser, (session: Untyped) =>
      session.update(({ cart, ...it }: Untyped) => ({
        ...it,
        user: { tags: ["a", "b"], id: 1 },
        seen: new Map([["site", new Set([new Date(day)])]]),
        cart: [...cart, "milk"],
      })),
    );
    expect(found).toEqual({ ...signedIn(), cart: ["tea", "milk"] });
  });

  it("are judged by the value, where a codec stores another form", async () => {
    const role = z.codec(z.number(), z.object({ level: z.number() }), {
      decode: (level) => ({ level }),
      encode: ({ level }) => level,
    });
    const members = defineSession({
      value: z.object({ role: role.optional(), cart: z.array(z.string()) }),
      keyFn: cookieKey(),
      privileged: ["role"],
    });
    await members.wrap(async ({ session }) => {
      await session.rotate({ role: { level: 1 }, cart: [] }, (it) => it);
      await session.update((it) => void it.cart.push("tea"));
      const write = (it: Untyped) => {
        it.role.level = 2;
      };
      await expect(session.update(write)).rejects.toThrow('"role" is privileged');
      expect(await session.find()).toEqual({ role: { level: 1 }, cart: ["tea"] });
      return new Response();
    })(new Request(ORIGIN));
  });

  it.each([
    ["a codec", false],
    ["a codec that waits", true],
  ])(
    "are judged by the stored form too, where %s makes instances that hide what they hold",
    async (_, isLate) => {
      class Role {
        #level: number;
        constructor(level: number) {
          this.#level = level;
        }
        get level(): number {
          return this.#level;
        }
        raise(): void {
          this.#level++;
        }
      }
      const role = z.codec(z.number(), z.instanceof(Role), {
        decode: (level) => new Role(level),
        encode: ({ level }) => (isLate ? Promise.resolve(level) : level),
      });
      const members = defineSession({
        value: z.object({ role: role.optional(), cart: z.array(z.string()) }),
        keyFn: cookieKey(),
        privileged: ["role"],
      });
      await members.wrap(async ({ session }) => {
        await session.rotate({ role: new Role(1), cart: [] }, (it) => it);
        await session.update((it) => void it.cart.push("tea"));
        const writes: ((it: Untyped) => unknown)[] = [
          (it) => ({ ...it, role: new Role(2) }),
          (it) => void it.role.raise(),
          async (it) => void it.role.raise(),
        ];
        for (const write of writes) {
          await expect(session.update(write as never)).rejects.toThrow('"role" is privileged');
        }
        const found = await session.find();
        expect([found?.role?.level, found?.cart]).toEqual([1, ["tea"]]);
        return new Response();
      })(new Request(ORIGIN));
    },
  );

  it("are not granted by a record that is discarded, nor kept", async () => {
    const driver = memoryDriver();
    const define = <Schema extends z.ZodType<{ user?: string | undefined; cart: string[] }>>(
      value: Schema,
    ) =>
      defineSession({
        value: value as z.ZodType<{ user?: string | undefined; cart: string[] }>,
        keyFn: cookieKey(),
        privileged: ["user"],
        onInvalid: "discard",
        driver,
      });
    const old = define(z.object({ user: z.string().optional(), cart: z.array(z.string()) }));
    const cookie = (
      await old.wrap(async ({ session }) => {
        await session.rotate({ user: "ann", cart: ["tea"] }, (it) => it);
        return new Response();
      })(new Request(ORIGIN))
    ).headers.getSetCookie()[0] as string;
    const strict = define(
      z.object({ user: z.string().optional(), cart: z.array(z.string()).length(0) }),
    );
    const headers = { cookie: cookie.split(";")[0] as string };
    await strict.wrap(async ({ session }) => {
      const initial = { user: "bob", cart: [] } as never;
      await expect(session.upsert(initial, () => {})).rejects.toThrow(UsageError);
      expect(await session.upsert({ cart: [] }, () => {})).toEqual({ cart: [] });
    })(new Request(ORIGIN, { headers }));
  });

  it("cost no driver call that the same write without them would not make", async () => {
    const driver = faultyDriver(memoryDriver());
    const { signIn, visit } = define(driver);
    const browser = await signIn();
    driver.calls.length = 0;
    await visit(browser, (session) => session.update((it) => void it.cart.push("milk")));
    expect(driver.calls.map((it) => it.method)).toEqual(["read", "write"]);
  });

  it("stand beside another definition on one request, which has none", async () => {
    const { members } = define();
    const carts = defineSession({ name: "carts", value: z.array(z.string()), keyFn: cookieKey() });
    await combine(members, carts).wrap(async (request) => {
      await request.carts.insert(["tea"]);
      await request.members.insert({ cart: [] });
      const write = (it: Untyped) => {
        it.role = "admin";
      };
      await expect(request.members.update(write)).rejects.toThrow(UsageError);
      return new Response();
    })(new Request(ORIGIN));
  });

  it("are refused to a definition that cannot rotate, and where they are no names", () => {
    const wrong: [object, RegExp][] = [
      [{ key: z.string(), keyFn: () => "a", privileged: ["user"] }, /kept by cookie/],
      [{ keyFn: cookieKey(), privileged: [] }, /a list of names/],
      [{ keyFn: cookieKey(), privileged: "user" }, /a list of names/],
      [{ keyFn: cookieKey(), privileged: [1] }, /a list of names/],
      [
        {
          keyFn: cookieKey(),
          privileged: ["user"],
          driver: {
            ...memoryDriver(),
            atomic: false,
            write: () => {},
            read: () => {},
            remove: () => {},
          },
        },
        /compare-and-set/,
      ],
    ];
    for (const [options, message] of wrong) {
      const call = () => defineSession({ value: Member, ...options } as never);
      expect(call).toThrow(ConfigurationError);
      expect(call).toThrow(message);
    }
  });
});
