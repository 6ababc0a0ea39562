// What an update may return: the next value, and no field that the value has not.
import { expectError, expectType } from "tsd";
import { cookieKey, defineSession, type Session, type Store } from "zession";
import { z } from "zod";

const base = { key: z.string(), keyFn: () => "a" };
const maybe = (): boolean => Math.random() > 0.5;
const carts = defineSession({
  ...base,
  value: z.object({ items: z.array(z.object({ sku: z.string(), qty: z.number() })) }),
});
const users = defineSession({
  name: "users",
  keyFn: cookieKey(),
  value: z.object({ id: z.number().optional(), message: z.string().optional() }),
});
const visitors = defineSession({
  ...base,
  value: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("guest"), cart: z.array(z.string()) }),
    z.object({ kind: z.literal("user"), cart: z.array(z.string()), id: z.string() }),
  ]),
});
const cart = carts.session("a");
const user = users.session("a");
const visitor = visitors.session("a");

// A field that would be lost, in every verb that takes an update and at every depth.
expectError(cart.update((it) => ({ ...it, itmes: [] })));
expectError(cart.update((it) => ({ items: it.items, extra: 1 })));
expectError(cart.update(async (it) => ({ ...it, itmes: [] })));
expectError(cart.update(() => ({ items: [{ sku: "a", qty: 1, colour: "red" }] })));
expectError(cart.update((it) => ({ items: it.items.map((item) => ({ ...item, qyt: 1 })) })));
expectError(user.upsert({}, (it) => ({ ...it, mesage: "x" })));
expectError(user.update((it) => ({ id: 1, ...it, ...(maybe() ? { mesage: "x" } : {}) })));
expectError(users.store.update("a", () => ({ mesage: "x" })));
expectError(users.wrap(({ users: it }) => it.rotate({}, (was) => ({ ...was, di: 1 }))));
expectError(visitor.update((it) => ({ kind: "user", id: "1", cart: it.cart, name: "x" })));

// Literals, spreads, unions and what changes in place go on.
cart.update(() => ({ items: [] }));
cart.update((it) => ({ ...it, items: [...it.items, { sku: "a", qty: 1 }] }));
cart.update(async (it) => ({ items: it.items.map((item) => ({ ...item, qty: 1 })) }));
cart.upsert({ items: [] }, (it) => {
  it.items.length = 0;
});
user.update(({ message: _, ...rest }) => rest);
user.update((it) => ({ ...it, ...(maybe() ? { message: "x" } : {}) }));
visitor.update((it) => ({ ...it, kind: "user", id: "1" }));
visitor.update((it) => (it.kind === "guest" ? it : { kind: "guest", cart: it.cart }));
visitor.update(async (it) => {
  if (it.kind === "guest") return;
  return { ...it, id: "2" };
});

// `take` names what is wrong with a field.
expectType<Promise<string | undefined>>(user.take("message"));
expectError(user.take("mesage"));
expectError(cart.take("items"));
expectError(
  defineSession({ ...base, value: z.number() })
    .session("a")
    .take("toFixed"),
);

// Functions over any value that has what they need.
function rename<Value extends { name: string }>(session: Session<string, Value>) {
  return session.update((it) => {
    it.name = "x";
  });
}
function renamed<Value extends { name: string }>(store: Store<string, Value>, key: string) {
  return store.update(key, (it) => ({ ...it, name: "x" }));
}
function put<Value>(session: Session<string, Value>, value: Value) {
  return session.upsert(value, () => value);
}
function flash<Value extends { message?: string | undefined }>(session: Session<string, Value>) {
  return session.take("message");
}
const people = defineSession({ ...base, value: z.object({ name: z.string() }) });
rename(people.session("a"));
renamed(people.store, "a");
put(people.session("a"), { name: "x" });
flash(user);
expectError(rename(cart));
expectError(put(people.session("a"), { nmae: "x" }));
expectError(flash(people.session("a")));
