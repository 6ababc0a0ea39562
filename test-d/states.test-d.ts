// Sessions whose value is a state machine.

import { expectError, expectNotAssignable, expectType } from "tsd";
import { cookieKey, defineSession } from "zession";
import { type StateSession, states } from "zession/states";
import { z } from "zod";

const Visitor = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("guest"), cart: z.array(z.string()) }),
  z.object({ kind: z.literal("pending"), cart: z.array(z.string()), challenge: z.string() }),
  z.object({ kind: z.literal("user"), cart: z.array(z.string()), id: z.string() }),
]);
const visitors = defineSession({ name: "visitors", value: Visitor, keyFn: cookieKey() });
const visitor = states(visitors, "kind", {
  guest: ["pending"],
  pending: ["user", "guest"],
  user: ["guest"],
});
interface User {
  kind: "user";
  cart: string[];
  id: string;
}

visitors.wrap(async (request) => {
  const user = await visitor.when(request.visitors, "user");
  expectNotAssignable<object>(user);
  if (user === undefined) return;
  expectType<"user">(user.state);
  expectType<User>(user.current);
  expectType<User | undefined>(await user.stay((it) => void it.cart.push("sku")));
  expectType<User | undefined>(await user.stay(async (it) => ({ ...it, id: "8" })));
  expectType<{ kind: "guest"; cart: string[] } | undefined>(
    await user.move("guest", ({ cart }) => ({ cart })),
  );
  await user.move("guest", async (it) => ({ cart: it.cart }), { rotate: false, restart: true });
  // Nobody goes from "user" to "pending", and there is no "usr".
  expectError(user.move("pending", (it) => ({ cart: it.cart, challenge: "x" })));
  expectError(user.move("usr", (it) => ({ cart: it.cart })));
  // "cart" is missing, and is no text.
  expectError(user.move("guest", () => ({ challenge: "x" })));
  expectError(user.move("guest", () => ({ cart: "a" })));
  // Who stays keeps the state, and its fields.
  expectError(user.stay((it) => ({ kind: "user", cart: it.cart })));
  expectError(user.stay((it) => ({ kind: "guest", cart: it.cart })));
  expectError(
    user.stay((it) => {
      it.kind = "guest";
    }),
  );
  expectError(user.stay((it) => it.cart.push("sku")));
  expectError(user.current.challenge);
  // A function that gives rights asks for the state.
  const grant = (
    _user: StateSession<z.infer<typeof Visitor>, "kind", { guest: ["pending"] }, "guest">,
  ) => {};
  expectError(grant(user));
});

visitors.wrap(async (request) => {
  const both = await visitor.when(request.visitors, "pending", "user");
  if (both === undefined) return;
  expectType<"pending" | "user">(both.state);
  expectType<string[]>(both.current.cart);
  expectError(both.current.id);
  if (both.state === "pending") {
    expectType<string>(both.current.challenge);
    await both.move("user", ({ cart }) => ({ cart, id: "7" }));
  } else {
    expectType<User>(both.current);
    expectError(both.move("user", ({ cart }) => ({ cart, id: "7" })));
  }
  expectError(visitor.when(request.visitors, "usr"));
  expectError(visitor.when(request.visitors, "user", "gest"));
  expectError(visitor.when(visitors, "user"));
});
// A session by key, and one that may be missing.
visitor.when(visitors.session("a"), "guest");
visitor.when(undefined, "guest");
const counts = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a" });
expectError(visitor.when(counts.session("a"), "guest"));

// Each state has its moves, to states.
expectError(states(visitors, "kind", { guest: ["pending"], user: [] }));
expectError(states(visitors, "kind", { guest: ["usr"], pending: [], user: [] }));
expectError(states(visitors, "kind", { guest: [], pending: [], user: [], other: [] }));
// What tells no states apart.
expectError(states(visitors, "cart", { guest: [], pending: [], user: [] }));
expectError(states(visitors, "knd", { guest: [], pending: [], user: [] }));
expectError(states(counts, "kind", {}));
expectError(states({}, "kind", {}));

// Two members of one state, an object that is no union, and a state without moves.
const shops = defineSession({
  key: z.string(),
  keyFn: () => "a",
  value: z.union([
    z.object({ step: z.literal("open"), items: z.array(z.string()) }),
    z.object({ step: z.literal("paid"), card: z.string() }),
    z.object({ step: z.literal("paid"), invoice: z.number() }),
  ]),
});
const shop = states(shops, "step", { open: ["paid", "open"], paid: [] });
shop.when(shops.session("a"), "open").then((open) => {
  open?.move("paid", () => ({ card: "a" }));
  open?.move("paid", () => ({ invoice: 1 }));
  expectError(open?.move("paid", () => ({ invoice: "1" })));
  open?.move("open", ({ items }) => ({ items }));
});
shop.when(shops.session("a"), "paid").then((paid) => {
  expectError(paid?.move("open", () => ({ items: [] })));
  expectNotAssignable<string>(paid?.current);
});
const doors = defineSession({
  key: z.string(),
  keyFn: () => "a",
  value: z.object({ door: z.enum(["open", "shut"]), opened: z.number() }),
});
const door = states(doors, "door", { open: ["shut"], shut: ["open"] });
door
  .when(doors.session("a"), "shut")
  .then((shut) => shut?.move("open", (it) => ({ opened: it.opened + 1 })));
