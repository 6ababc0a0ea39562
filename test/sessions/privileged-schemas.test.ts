import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { cookieKey, type Driver, defineSession, memoryDriver, UsageError } from "zession";
import { z } from "zod";
import * as mini from "zod/mini";
import { late } from "../late.ts";
import { ORIGIN } from "./browser.ts";

/** A session, a value and a schema that no types have checked. */
// biome-ignore lint/suspicious/noExplicitAny: what no types have checked
type Untyped = any;

/** Runs a function on a session with privileged fields, in a request without a cookie. */
async function visit(
  value: unknown,
  privileged: readonly string[],
  run: (session: Untyped) => Promise<void>,
  driver: Driver = memoryDriver(),
): Promise<void> {
  const options: Untyped = { value, keyFn: cookieKey(), privileged, driver };
  const { wrap }: Untyped = defineSession(options);
  await wrap(async (request: Untyped) => {
    await run(request.session);
    return new Response();
  })(new Request(ORIGIN));
}

async function expectRefused(...writes: Promise<unknown>[]): Promise<void> {
  for (const write of writes) await expect(write).rejects.toThrow(UsageError);
}

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

const texts = z.array(z.string());
const same = (it: Untyped) => it;

describe.each([
  ["zod", z.object({ user: z.object({ id: z.number() }).optional(), cart: texts })],
  [
    "zod/mini",
    mini.object({
      user: mini.optional(mini.object({ id: mini.number() })),
      cart: mini.array(mini.string()),
    }),
  ],
  ["a loose object of zod", z.looseObject({ cart: texts })],
  [
    "an intersection of zod",
    z
      .object({ user: z.any() })
      .partial()
      .and(z.object({ cart: texts })),
  ],
  [
    "an asynchronous schema",
    z
      .object({ user: z.object({ id: z.number() }).optional(), cart: texts })
      .refine(async () => true),
  ],
  [
    "valibot",
    v.object({ user: v.optional(v.object({ id: v.number() })), cart: v.array(v.string()) }),
  ],
  ["arktype", type({ "user?": { id: "number" }, cart: "string[]" })],
])("privileged fields of %s", (_, value) => {
  it("are written by rotate, and refused elsewhere, also while a write is on its way (fixation)", async () => {
    const run = async (session: Untyped): Promise<void> => {
      const user = { id: 1 };
      await expectRefused(
        session.insert({ cart: [], user }),
        session.swap({ cart: [], user }),
        session.upsert({ cart: [], user }, same),
        session.upsert(async () => ({ cart: [], user }), same),
      );
      await session.insert({ cart: [] });
      // Each of them holds no user while the record is made, and the right one later.
      const late: Untyped = { cart: [] };
      const inserting = session.insert(late);
      late.user = user;
      await inserting;
      expect(await session.find()).toEqual({ cart: [] });
      await session.rotate({ cart: [] }, (it: Untyped) => ({ ...it, user }));
      for (const write of [() => session.insert(late), () => session.swap(late)]) {
        delete late.user;
        const writing = write();
        late.user = { id: 1 };
        await expectRefused(writing);
      }
      for (let turns = 0; turns < 8; turns++) {
        const changing = session.update(async (it: Untyped) => {
          it.user.id = 2;
          void (async () => {
            for (let turn = 0; turn < turns; turn++) await undefined;
            it.user.id = 1;
          })();
        });
        await changing.catch((error: unknown) => expect(error).toBeInstanceOf(UsageError));
        expect(await session.find()).toEqual({ cart: [], user });
      }
    };
    await visit(value, ["user"], run);
    await visit(value, ["user"], run, late(memoryDriver()));
  });
});

describe("privileged fields, where a codec makes the value of another form", () => {
  it("are found under their name in the value, whatever the stored form calls them", async () => {
    const stored = z.object({ r: z.number(), c: texts });
    const value = z.object({ role: z.instanceof(Role), cart: texts });
    const renamed = z.codec(stored, value, {
      decode: ({ r, c }) => ({ role: new Role(r), cart: c }),
      encode: ({ role, cart }) => ({ r: role.level, c: cart }),
    });
    await visit(renamed, ["role"], async (session) => {
      await session.rotate({ role: new Role(1), cart: [] }, same);
      await session.update((it: Untyped) => void it.cart.push("tea"));
      await session.update((it: Untyped) => ({ ...it, role: new Role(1) }));
      await expectRefused(
        session.update((it: Untyped) => it.role.raise()),
        session.update((it: Untyped) => ({ ...it, role: new Role(2) })),
      );
      const { role, cart } = await session.find();
      expect([role.level, cart]).toEqual([1, ["tea"]]);
    });
  });

  it("are told from others that take their name in the stored form", async () => {
    const names = z.object({ user: z.string().optional(), guest: z.string().optional() });
    const swap = ({ user, guest }: Untyped) => ({ user: guest, guest: user });
    const swapped = z.codec(names, names.clone(), { decode: swap, encode: swap });
    await visit(swapped, ["user"], async (session) => {
      await session.insert({ guest: "a" });
      await session.update((it: Untyped) => void Object.assign(it, { guest: "b" }));
      await expectRefused(
        session.update((it: Untyped) => void Object.assign(it, { user: "b" })),
        session.insert({ user: "b" }),
      );
      expect(await session.find()).toEqual({ guest: "b" });
    });
  });

  it("are told from others that share a stored field with them", async () => {
    const joined = z.codec(z.string(), z.object({ user: z.string(), visits: z.number() }), {
      decode: (text) => {
        const [user = "", visits] = text.split("|");
        return { user, visits: Number(visits) };
      },
      encode: ({ user, visits }) => `${user}|${visits}`,
    });
    await visit(joined, ["user"], async (session) => {
      await session.rotate({ user: "ann", visits: 1 }, same);
      await session.update((it: Untyped) => void it.visits++);
      await expectRefused(session.update((it: Untyped) => void Object.assign(it, { user: "bob" })));
      expect(await session.find()).toEqual({ user: "ann", visits: 2 });
    });
  });

  it("are not made of another field of a first value", async () => {
    const names = z.object({ user: z.string().optional(), guest: z.string().optional() });
    const merged = z.codec(z.object({ who: z.string().optional() }), names, {
      decode: ({ who }) => ({ user: who }),
      encode: ({ user, guest }) => ({ who: user ?? guest }),
    });
    await visit(merged, ["user"], async (session) => {
      await expectRefused(session.insert({ guest: "ann" }));
      await expectRefused(session.upsert({ guest: "ann" }, same));
      expect(await session.find()).toBeUndefined();
    });
  });

  it("may hold circles, and objects without a prototype", async () => {
    const circle = (id: number): Untyped => {
      const it: Untyped = Object.create(null);
      return Object.assign(it, { id, children: [{ parent: it }] });
    };
    const user = z.codec(z.number(), z.any(), { decode: circle, encode: ({ id }) => id });
    const empty = z.codec(z.number(), z.any(), {
      decode: () => Object.create(null),
      encode: () => 1,
    });
    await visit(z.object({ user, empty, cart: texts }), ["user", "empty"], async (session) => {
      await session.rotate({ user: circle(1), empty: {}, cart: [] }, same);
      await session.update((it: Untyped) => void it.cart.push("tea"));
      await expectRefused(session.update((it: Untyped) => void Object.assign(it.user, { id: 2 })));
      const found = await session.find();
      expect([found.user.id, found.cart]).toEqual([1, ["tea"]]);
    });
  });

  it("keep what a default fills in a record from before", async () => {
    const driver = memoryDriver();
    const cart = z.codec(z.string(), texts, {
      decode: (text) => text.split(" "),
      encode: (list) => list.join(" "),
    });
    const old = defineSession({ value: z.object({ cart }), keyFn: cookieKey(), driver });
    const value = z.object({ cart, csrf: z.string().default(() => crypto.randomUUID()) });
    const strict = defineSession({ value, keyFn: cookieKey(), driver, privileged: ["csrf"] });
    const response = await old.wrap(async ({ session }) => {
      await session.insert({ cart: ["tea"] });
      return new Response();
    })(new Request(ORIGIN));
    const cookie = response.headers.getSetCookie()[0]?.split(";")[0] as string;
    await strict.wrap(async ({ session }) => {
      const stored = await session.update((it) => void it.cart.push("milk"));
      expect(stored?.cart).toEqual(["tea", "milk"]);
      expect(await session.find()).toEqual(stored);
    })(new Request(ORIGIN, { headers: { cookie } }));
  });
});

describe("privileged fields of a first value", () => {
  const names = z.object({ user: z.string().optional(), cart: texts });

  it.each([
    [
      "a step before the schema makes of another field",
      z.preprocess(({ login, ...rest }: Untyped) => ({ user: login, ...rest }), names),
      () => ({ login: "admin", cart: [] }),
    ],
    [
      "a catch makes of another field",
      names.catch(({ value }: Untyped) => ({ user: value.login, cart: [] })),
      () => ({ login: "admin" }),
    ],
    [
      "a getter gives to the schema only",
      names,
      () => {
        let reads = 0;
        return {
          cart: [],
          get user() {
            return reads++ === 0 ? undefined : "admin";
          },
        };
      },
    ],
  ])("are refused if %s", async (_, value, first) => {
    await visit(value, ["user"], async (session) => {
      await expectRefused(
        session.insert(first()),
        session.swap(first()),
        session.upsert(first(), same),
        session.upsert(() => first(), same),
      );
      expect(await session.find()).toBeUndefined();
      await session.insert({ cart: [] });
      await expectRefused(session.insert(first()), session.swap(first()));
      await session.rotate({ cart: [] }, (it: Untyped) => ({ ...it, user: "ann" }));
      expect(await session.find()).toEqual({ cart: [], user: "ann" });
    });
  });

  it("are filled by a default of the schema, also by one that differs each time", async () => {
    const value = z.object({
      csrf: z.string().default(() => crypto.randomUUID()),
      roles: z.array(z.string()).prefault(["guest"]),
      name: z.string().trim().optional(),
    });
    await visit(value, ["csrf", "roles"], async (session) => {
      const { csrf, roles } = await session.insert({ name: " ann " });
      expect(roles).toEqual(["guest"]);
      const stored = await session.update((it: Untyped) => void Object.assign(it, { name: "bob" }));
      expect(stored).toEqual({ csrf, roles, name: "bob" });
      await expectRefused(session.update((it: Untyped) => void it.roles.push("admin")));
    });
  });
});

describe("what privileged fields hold", () => {
  it.each<[string, unknown, unknown]>([
    ["zeros", 0, -0],
    ["numbers", Number.NaN, Number.POSITIVE_INFINITY],
    ["a number and its text", 1, "1"],
    ["a number and a bigint", 1, 1n],
    ["nothing", null, undefined],
    ["a field that is undefined", {}, { a: undefined }],
    ["a list and an object", [], {}],
    ["a map and an object", new Map([["a", 1]]), { a: 1 }],
    ["a map and a set", new Map(), new Set()],
    ["dates", new Date(1), new Date(2)],
    ["regular expressions", /a/, /a/g],
    ["typed arrays", new Uint8Array([1]), new Int8Array([1])],
    ["URLs", [new URL("a:b,c"), new URL("a:b")], [new URL("a:b"), new URL("a:c,a:b")]],
    ["one URL and two", [new URL("a:x,{} a:y")], [new URL("a:x"), new URL("a:y")]],
  ])("is compared with what it is made of: %s", async (_, one, other) => {
    await visit(z.object({ user: z.any(), n: z.number() }), ["user"], async (session) => {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ]) {
        await session.rotate({ user: from, n: 1 }, () => ({ user: from, n: 1 }));
        await session.update(() => ({ user: from, n: 2 }));
        await expectRefused(session.update(() => ({ user: to, n: 3 })));
        expect(await session.find()).toEqual({ user: from, n: 2 });
      }
    });
  });

  it("is a field of the value's own, and not what every object inherits", async () => {
    const value = z.record(z.string(), z.number());
    await visit(value, ["constructor", "toString"], async (session) => {
      await session.insert({ a: 1 });
      await session.update((it: Untyped) => void Object.assign(it, { a: 2 }));
      await expectRefused(
        session.update((it: Untyped) => ({ ...it, toString: 1 })),
        session.insert({ constructor: 1 }),
      );
      expect(await session.find()).toEqual({ a: 2 });
    });
  });
});
