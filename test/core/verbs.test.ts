import { describe, expect, it, vi } from "vitest";
import { defineSession, InvalidValueError, memoryDriver, UsageError } from "zession";
import { z } from "zod";
import { signal } from "../signal.ts";

const cartSchema = z.object({
  items: z.array(z.object({ sku: z.string(), qty: z.number().int().positive() })),
  note: z.string().default("none"),
});

/** A definition whose driver calls are counted. */
function open() {
  const driver = memoryDriver();
  const calls: string[] = [];
  for (const method of ["read", "write", "remove", "touch"] as const) {
    const original = driver[method].bind(driver) as (...args: unknown[]) => unknown;
    Object.assign(driver, {
      [method]: (...args: unknown[]) => {
        calls.push(method);
        return original(...args);
      },
    });
  }
  const carts = defineSession({ key: z.string(), value: cartSchema, keyFn: () => "a", driver });
  const counts = defineSession({
    name: "count",
    key: z.string(),
    value: z.number().int(),
    keyFn: () => "a",
    driver,
  });
  return { ...carts, counts, calls, cart: carts.session("a"), count: counts.session("a") };
}

// The session's verbs, and the store's with the key first, are to behave alike.
const surfaces = {
  "the session handle": () => open().count,
  "the store": () => {
    const { store } = open().counts;
    return {
      find: () => store.find("a"),
      insert: (value: number) => store.insert("a", value),
      swap: (value: number) => store.swap("a", value),
      upsert: (initial: number | (() => number), update: (n: number) => number | Promise<number>) =>
        store.upsert("a", initial, update),
      update: (update: (n: number) => number | Promise<number>) => store.update("a", update),
      remove: () => store.remove("a"),
      touch: () => store.touch("a"),
    };
  },
};

describe.each(Object.entries(surfaces))("%s", (_, make) => {
  it("finds nothing at first, and creates nothing by looking (S5)", async () => {
    const session = make();
    expect(await session.find()).toBeUndefined();
    expect(await session.touch()).toBe(false);
    expect(await session.update((n) => n + 1)).toBeUndefined();
    expect(await session.remove()).toBe(false);
    expect(await session.find()).toBeUndefined();
  });

  it("inserts, replacing what was there", async () => {
    const session = make();
    expect(await session.insert(1)).toBe(1);
    expect(await session.insert(2)).toBe(2);
    expect(await session.find()).toBe(2);
  });

  it("swaps for the previous value", async () => {
    const session = make();
    expect(await session.swap(1)).toBeUndefined();
    expect(await session.swap(2)).toBe(1);
    expect(await session.find()).toBe(2);
  });

  it("upserts the initial value where there is none, and does not call the update", async () => {
    const session = make();
    const update = () => {
      throw new Error("called");
    };
    expect(await session.upsert(1, update)).toBe(1);
    expect(await session.upsert(7, (n) => n + 1)).toBe(2);
    expect(await session.find()).toBe(2);
  });

  it("upserts with a function for the initial value, called only where there is none", async () => {
    const session = make();
    let calls = 0;
    const initial = () => ++calls * 10;
    expect(await session.upsert(initial, (n) => n + 1)).toBe(10);
    expect(await session.upsert(initial, async (n) => n + 1)).toBe(11);
    expect(calls).toBe(1);
  });

  it("updates what is there", async () => {
    const session = make();
    await session.insert(1);
    expect(await session.update((n) => n + 1)).toBe(2);
    expect(await session.update(async (n) => n + 1)).toBe(3);
    expect(await session.find()).toBe(3);
  });

  it("removes, and tells whether there was a value", async () => {
    const session = make();
    await session.insert(1);
    expect(await session.remove()).toBe(true);
    expect(await session.find()).toBeUndefined();
    expect(await session.remove()).toBe(false);
    expect(await session.upsert(5, (n) => n + 1)).toBe(5);
  });

  it("touches what is there and changes nothing", async () => {
    const session = make();
    await session.insert(1);
    expect(await session.touch()).toBe(true);
    expect(await session.find()).toBe(1);
  });
});

describe("an update", () => {
  it("may change an object in place and give nothing", async () => {
    const { cart } = open();
    await cart.insert({ items: [] });
    await cart.update((it) => {
      it.items.push({ sku: "a", qty: 1 });
    });
    const stored = await cart.upsert({ items: [] }, async (it) => {
      it.note = "gift";
    });
    expect(stored).toEqual({ items: [{ sku: "a", qty: 1 }], note: "gift" });
    expect(await cart.find()).toEqual(stored);
  });

  it("gives a new value where the schema's output is read-only", async () => {
    const { store } = defineSession({
      key: z.string(),
      value: z.array(z.number()).readonly(),
      keyFn: () => "a",
    });
    await store.insert("a", [1]);
    expect(await store.update("a", (it) => [...it, 2])).toEqual([1, 2]);
    expect(await store.find("a")).toEqual([1, 2]);
  });

  it("may turn an object into null and back where the schema allows both", async () => {
    const { session } = defineSession({
      key: z.string(),
      value: z.object({ n: z.number() }).nullable(),
      keyFn: () => "a",
    });
    const it = session("a");
    await it.insert({ n: 1 });
    expect(await it.update(() => null)).toBeNull();
    expect(await it.find()).toBeNull();
    expect(await it.upsert({ n: 5 }, (current) => (current === null ? { n: 2 } : null))).toEqual({
      n: 2,
    });
    await it.update(async () => null);
    expect(await it.remove()).toBe(true);
  });

  it("that is no function is refused before anything is stored", async () => {
    const { count } = open();
    const [upsert, update] = [count.upsert, count.update] as ((...args: unknown[]) => unknown)[];
    await expect(upsert?.call(count, 1)).rejects.toThrow(UsageError);
    await expect(update?.call(count, 2)).rejects.toThrow(UsageError);
    expect(await count.find()).toBeUndefined();
  });

  it("may return a promise of another library, and a function for the first value too", async () => {
    /** Its `then` returns another of its kind, as Bluebird's does. */
    class Foreign<T> {
      readonly value: T;
      constructor(value: T) {
        this.value = value;
      }
      // biome-ignore lint/suspicious/noThenProperty: it stands for one
      then<Next>(next: (value: T) => Next): Foreign<Next> {
        return new Foreign(next(this.value));
      }
    }
    const later = (n: number) => new Foreign(n) as unknown as Promise<number>;
    const { count } = open();
    expect(
      await count.upsert(
        () => later(1),
        (n) => n,
      ),
    ).toBe(1);
    expect(await count.update((n) => later(n + 1))).toBe(2);
    expect(await count.find()).toBe(2);
  });

  it("that throws or rejects changes nothing and passes its error on (B42)", async () => {
    const { cart, calls } = open();
    await cart.insert({ items: [{ sku: "a", qty: 1 }] });
    calls.length = 0;
    const failure = new Error("out of stock");
    const update = (it: { items: unknown[] }) => {
      it.items.length = 0;
      throw failure;
    };
    await expect(cart.update(update)).rejects.toBe(failure);
    await expect(cart.upsert({ items: [] }, async (it) => update(it))).rejects.toBe(failure);
    await expect(cart.upsert(() => ({ items: [] }), update)).rejects.toBe(failure);
    expect(calls).not.toContain("write");
    expect(await cart.find()).toEqual({ items: [{ sku: "a", qty: 1 }], note: "none" });
  });
});

describe("a value that the schema refuses", () => {
  it("rejects with the schema's issues and leaves the store as it was (B15)", async () => {
    const { cart, calls } = open();
    const before = await cart.insert({ items: [{ sku: "a", qty: 1 }] });
    const wrong = { items: [{ sku: "a", qty: 0.5 }] };
    calls.length = 0;
    for (const write of [
      () => cart.insert(wrong),
      () => cart.swap(wrong),
      () => cart.upsert(wrong, () => wrong),
      () => cart.update(() => wrong),
      () =>
        cart.update(async (it) => {
          it.items = wrong.items;
        }),
    ]) {
      const error = await write().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidValueError);
      expect((error as InvalidValueError).issues).toEqual(
        cartSchema.safeParse(wrong).error?.issues,
      );
      expect((error as InvalidValueError).issues[0]?.path).toEqual(["items", 0, "qty"]);
    }
    expect(calls).not.toContain("write");
    expect(await cart.find()).toEqual(before);
  });

  it("creates nothing where there was nothing", async () => {
    const { count } = open();
    await expect(count.upsert(0.5, (n) => n)).rejects.toBeInstanceOf(InvalidValueError);
    await expect(count.insert(Number.NaN)).rejects.toBeInstanceOf(InvalidValueError);
    expect(await count.find()).toBeUndefined();
  });
});

describe("a value", () => {
  it("is stored as the schema puts it out, and given back so", async () => {
    const { cart } = open();
    const extra = { items: [], stranger: true };
    expect(await cart.insert(extra)).toEqual({ items: [], note: "none" });
    expect(await cart.find()).toEqual({ items: [], note: "none" });
  });

  it("is a fresh copy at every reading and writing (B9, S63)", async () => {
    const { cart } = open();
    const given = { items: [{ sku: "a", qty: 1 }] };
    const inserted = await cart.insert(given);
    const found = await cart.find();
    given.items.push({ sku: "b", qty: 1 });
    inserted.items.push({ sku: "c", qty: 1 });
    found?.items.push({ sku: "d", qty: 1 });
    expect((await cart.find())?.items).toEqual([{ sku: "a", qty: 1 }]);
  });
});

describe("the driver", () => {
  it("answers at once: an initial value that is not needed is not validated", async () => {
    const isValid = vi.fn((_: { n: number }) => true);
    const value = z.object({ n: z.number() }).refine(isValid);
    const session = defineSession({ key: z.string(), value, keyFn: () => "a" }).session("a");
    await session.insert({ n: 1 });
    isValid.mockClear();
    await session.upsert({ n: 100 }, ({ n }) => ({ n: n + 1 }));
    expect(isValid.mock.calls).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  });

  it("is called once for a find, an insert and a remove, twice for an upsert", async () => {
    const { count, calls } = open();
    const during = async (verb: () => Promise<unknown>) => {
      calls.length = 0;
      await verb();
      return calls.join();
    };
    expect(await during(() => count.insert(1))).toBe("write");
    expect(await during(() => count.find())).toBe("read");
    expect(await during(() => count.upsert(1, (n) => n + 1))).toBe("read,write");
    expect(await during(() => count.swap(5))).toBe("read,write");
    expect(await during(() => count.remove())).toBe("remove");
    expect(await during(() => count.update((n) => n + 1))).toBe("read");
  });

  it("is called once more where a write meets a conflict, which brings along what was written", async () => {
    const { count, counts, calls } = open();
    await count.insert(1);
    calls.length = 0;
    let runs = 0;
    const started = signal();
    const written = signal();
    const updating = count.update(async (n: number) => {
      if (++runs > 1) return n + 1;
      started.send();
      await written.sent;
      return n + 1;
    });
    await started.sent;
    await counts.store.insert("a", 10);
    written.send();
    expect(await updating).toBe(11);
    expect(calls.join()).toBe("read,write,write,write");
  });

  it("is not called to write what is stored already (B8)", async () => {
    const { cart, count, calls } = open();
    await count.insert(1);
    await cart.insert({ items: [] });
    calls.length = 0;
    expect(await count.upsert(1, (n) => n)).toBe(1);
    expect(await count.swap(1)).toBe(1);
    await cart.update(() => {});
    await cart.update((it) => ({ note: it.note, items: it.items }));
    expect(calls).not.toContain("write");
  });

  it("is not called to write when it is only read (S38, B5)", async () => {
    const { count, calls } = open();
    await count.insert(1);
    calls.length = 0;
    for (let i = 0; i < 10; i++) await count.find();
    expect(new Set(calls)).toEqual(new Set(["read"]));
  });

  it("keeps microtasks microtasks: a verb does not wait for a timer or for I/O", async () => {
    const { count } = open();
    let macrotask = false;
    const immediate = setImmediate(() => {
      macrotask = true;
    });
    await count.upsert(1, (n) => n + 1);
    await count.swap(5);
    await count.find();
    await count.remove();
    expect(macrotask).toBe(false);
    clearImmediate(immediate);
  });
});

describe("a value that cannot be stored", () => {
  it.each([
    ["an array with holes", Object.assign([], { 1: 1 })],
    ["an array with a property", Object.assign([1], { extra: 2 })],
    [
      "one nested 100,000 levels deep",
      Array.from({ length: 100_000 }).reduce((inner) => ({ inner }), {}),
    ],
  ])("is refused whether the schema is asynchronous or not: %s", async (_, value) => {
    for (const schema of [z.any(), z.any().refine(async () => true)]) {
      const { store } = defineSession({ key: z.string(), value: schema, keyFn: () => "a" });
      await expect(store.insert("a", value)).rejects.toBeInstanceOf(InvalidValueError);
      expect(await store.find("a")).toBeUndefined();
    }
  });
});

describe("a value that its owner goes on changing", () => {
  it.each([{}, { lifetime: { absolute: "1h" } } as const])(
    "is stored as it was when the verb was called: %j (C17)",
    async (options) => {
      const { session } = defineSession({
        key: z.string(),
        value: z.custom<{ n: number }>(() => true),
        keyFn: () => "a",
        ...options,
      });
      const a = session("a");
      const first = { n: 1 };
      const inserting = a.insert(first);
      first.n = 2;
      await inserting;
      expect(await a.find()).toEqual({ n: 1 });
      const second = { n: 3 };
      const swapping = a.swap(second);
      second.n = 4;
      await swapping;
      expect(await a.find()).toEqual({ n: 3 });
    },
  );
});

it("a verb that fails for its key leaves nothing behind that fails for its value", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    const { store } = defineSession({
      key: z.string().min(5),
      value: z.number().refine(async () => false),
      keyFn: () => "a",
    });
    await expect(store.insert("a", 1)).rejects.toMatchObject({ name: "InvalidKeyError" });
    await expect(store.swap("a", 1)).rejects.toMatchObject({ name: "InvalidKeyError" });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});
