// Fields of a value that only `rotate(initial, update)` may write.

import { expectError, expectNotAssignable, expectType } from "tsd";
import {
  combine,
  cookieKey,
  defineSession,
  type GuardedSession,
  type InferSession,
  type InferValue,
  type PrivilegedSession,
} from "zession";
import { states } from "zession/states";
import { z } from "zod";

const value = z.object({
  user: z.object({ id: z.number(), tags: z.array(z.string()) }).optional(),
  roles: z.array(z.string()).default([]),
  since: z.map(z.string(), z.object({ day: z.number() })).optional(),
  cart: z.array(z.string()),
  note: z.string().optional(),
});
const users = defineSession({
  name: "users",
  value,
  keyFn: cookieKey(),
  privileged: ["user", "roles", "since"],
});
type Users = z.output<typeof value>;
type Input = z.input<typeof value>;
type Privileged = "user" | "roles" | "since";
expectType<PrivilegedSession<string, Users, Input, Privileged>>({} as InferSession<typeof users>);
expectType<Users>({} as InferValue<typeof users>);

const user = { id: 1, tags: ["a"] };
users.wrap(async ({ users: session }) => {
  // What is not privileged is written as ever.
  expectType<Users>(await session.insert({ cart: [] }));
  expectType<Users | undefined>(await session.swap({ cart: [], note: "a" }));
  expectType<Users>(
    await session.upsert({ cart: [] }, (it) => {
      it.cart.push("sku");
      it.note = it.user === undefined ? "guest" : `user ${it.user.id} ${it.roles.join()}`;
    }),
  );
  await session.upsert(
    () => ({ cart: [] }),
    async (it) => {
      it.cart = [];
    },
  );
  expectType<Users | undefined>(await session.update((it) => void it.cart.push("sku")));
  expectType<string | undefined>(await session.take("note"));
  expectType<Users | undefined>(await session.find());
  expectType<boolean>(await session.remove());
  expectType<boolean>(await session.touch());

  // What is privileged is not.
  expectError(session.insert({ cart: [], user }));
  expectError(session.insert({ cart: [], roles: ["admin"] }));
  expectError(session.swap({ cart: [], user }));
  expectError(session.upsert({ cart: [], user }, () => {}));
  expectError(
    session.upsert(
      () => ({ cart: [], user }),
      () => {},
    ),
  );
  expectError(
    session.upsert(
      async () => ({ cart: [], user }),
      () => {},
    ),
  );
  expectError(session.take("user"));
  // Neither the field, nor anything within.
  session.update((it) => {
    expectError(() => {
      it.user = user;
    });
    expectError(() => {
      it.user = undefined;
    });
    expectError(() => {
      it.roles = [];
    });
    expectError(it.roles.push("admin"));
    expectError(() => {
      it.roles[0] = "admin";
    });
    const { user: found, since } = it;
    if (found === undefined || since === undefined) return;
    expectError(() => {
      found.id = 2;
    });
    expectError(found.tags.push("b"));
    expectError(since.set("a", { day: 1 }));
    for (const day of since.values())
      expectError(() => {
        day.day = 2;
      });
  });
  expectError(session.update((it) => ({ ...it, user })));
  expectError(session.update(async (it) => ({ ...it, user })));
  expectError(session.upsert({ cart: [] }, (it) => ({ ...it, user })));

  // Rotating writes everything.
  expectType<Users>(
    await session.rotate({ cart: [], user }, (it) => ({ ...it, user, roles: ["admin"] }), {
      restart: true,
    }),
  );
  await session.rotate({ cart: [], user }, (it) => {
    it.roles.push("admin");
  });
  expectType<void>(await session.rotate());
  expectError(session.rotate({ cart: [], user: 1 }, (it) => it));
});
// Outside of the request nothing rotates.
const guarded: GuardedSession<string, Users, Input, Privileged> = users.session("a");
guarded.update((it) => void it.cart.push("sku"));
expectError(guarded.rotate());
expectError(guarded.insert({ cart: [], user }));
users.store.insert("a", { cart: [] });
users.store.update("a", (it) => void it.cart.push("sku"));
users.store.take("a", "note");
expectError(users.store.take("a", "user"));
expectError(users.store.insert("a", { cart: [], user }));
expectError(users.store.swap("a", { cart: [], user }));
expectError(users.store.upsert("a", { cart: [], user }, () => {}));
expectError(users.store.update("a", (it) => it.roles.push("admin")));
// In a jar, combined, and by `of`.
expectError(users.open({ get: () => null }).insert({ cart: [], user }));
combine(users).wrap((request) => {
  expectError(request.users.insert({ cart: [], user }));
  expectType<PrivilegedSession<string, Users, Input, Privileged>>(request.users);
});
expectError(users.of({}).insert({ cart: [], user }));

// A union: the fields of some of its members.
const visitors = defineSession({
  name: "visitors",
  value: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("guest"), cart: z.array(z.string()) }),
    z.object({ kind: z.literal("user"), cart: z.array(z.string()), id: z.string() }),
  ]),
  keyFn: cookieKey(),
  privileged: ["id"],
});
visitors.wrap(async ({ visitors: session }) => {
  await session.insert({ kind: "guest", cart: [] });
  expectError(session.insert({ kind: "user", cart: [], id: "7" }));
  expectError(session.insert({ kind: "user", cart: [] }));
  await session.update((it) => {
    it.cart.push("sku");
    if (it.kind === "user")
      expectError(() => {
        it.id = "8";
      });
    else expectError(it.id);
  });
  const visitor = states(visitors, "kind", { guest: ["user"], user: ["guest"] });
  const user = await visitor.when(session, "user");
  await user?.stay((it) => void it.cart.push(it.id));
  expectError(user?.stay((it) => ({ ...it, id: "8" })));
  user?.stay((it) => {
    expectError(() => {
      it.id = "8";
    });
  });
  const guest = await visitor.when(session, "guest");
  await guest?.move("user", ({ cart }) => ({ cart, id: "7" }));
});

// A field that must be there: only `rotate` starts a session.
const members = defineSession({
  value: z.object({ id: z.string(), cart: z.array(z.string()) }),
  keyFn: cookieKey(),
  privileged: ["id"],
});
members.wrap(async ({ session }) => {
  expectError(session.insert({ cart: [] }));
  expectError(session.insert({ id: "7", cart: [] }));
  await session.rotate({ id: "7", cart: [] }, (it) => ({ ...it, id: "7" }));
  await session.update((it) => void it.cart.push("sku"));
});

// Fields that there are, of sessions by cookie.
expectError(defineSession({ value, keyFn: cookieKey(), privileged: ["usr"] }));
expectError(defineSession({ value: z.number(), keyFn: cookieKey(), privileged: ["a"] }));
expectError(defineSession({ value, keyFn: cookieKey(), privileged: "user" }));
expectError(defineSession({ key: z.string(), value, keyFn: () => "a", privileged: ["user"] }));
// Without the option, a session is one like any other.
const plain = defineSession({ value, keyFn: cookieKey() });
expectNotAssignable<InferSession<typeof users>>({} as InferSession<typeof plain>["find"]);
plain.wrap(({ session }) => session.insert({ cart: [], user, roles: ["admin"] }));
