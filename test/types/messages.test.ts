import { expect, it } from "vitest";
import { complaints } from "../compiler.ts";

/** What the programs share, in a module of its own: it is checked once. */
const PRELUDE = `
import { z } from "zod";
import { cookieKey, defineSession, type Driver } from "zession";
export const key = z.string();
export const keyFn = () => "a";
export const counts = defineSession({ name: "counts", key, value: z.number(), keyFn });
export const carts = defineSession({ name: "carts", key, keyFn, value: z.object({ items: z.array(z.object({ sku: z.string(), qty: z.number() })) }) });
export const members = defineSession({ name: "members", keyFn: cookieKey(), privileged: ["id", "roles"], value: z.object({ cart: z.array(z.string()), id: z.number().optional(), roles: z.array(z.string()).optional() }) });
export const doors = defineSession({ name: "doors", key, keyFn, value: z.object({ door: z.enum(["open", "shut"]), opened: z.number() }) });
export const guests = defineSession({ name: "guests", key, value: z.number(), keyFn: (request) => request.headers.get("a") });
export const users = defineSession({ name: "users", key, value: z.object({ id: z.number(), message: z.string().optional() }), keyFn: cookieKey() });
declare const eventual: Driver<false>;
export const weak = defineSession({ name: "weak", key, value: z.number(), keyFn, driver: eventual });
`;
const HEAD = `
import { z } from "zod";
import * as v from "valibot";
import { type } from "arktype";
import { Router } from "itty-router";
import { combine, cookieKey, defineSession, memoryDriver, type Driver, type SessionRequest } from "zession";
import { states } from "zession/states";
import { signedIn } from "zession/testing";
import { carts, counts, doors, guests, key, keyFn, members, users, weak } from "./prelude.ts";
`;

/** Programs that a person might write, each with one mistake. */
const programs: Record<string, string> = {
  "a function deep in the value": `defineSession({ key, keyFn, value: z.object({ items: z.array(z.object({ onClick: z.custom<() => void>() })) }) });`,
  "a symbol in the value": `defineSession({ key, keyFn, value: z.object({ tag: z.symbol() }) });`,
  "a promise in a tuple": `defineSession({ key, keyFn, value: z.tuple([z.string(), z.promise(z.string())]) });`,
  "a class instance in a map": `class User { constructor(name: string) { this.name = name; } name: string; greet() {} }
defineSession({ key, keyFn, value: z.map(z.string(), z.instanceof(User)) });`,
  "a WeakMap in a set": `defineSession({ key, keyFn, value: z.set(z.custom<WeakMap<object, string>>()) });`,
  "a Buffer": `defineSession({ key, keyFn, value: z.object({ avatar: z.instanceof(Buffer) }) });`,
  "an ArrayBuffer in a union": `defineSession({ key, keyFn, value: z.union([z.string(), z.instanceof(ArrayBuffer)]) });`,
  "a Blob, optional": `defineSession({ key, keyFn, value: z.object({ file: z.instanceof(Blob).optional() }) });`,
  "a stream": `defineSession({ key, keyFn, value: z.object({ body: z.instanceof(ReadableStream) }) });`,
  "a function in a recursive value": `const Node = z.object({ run: z.custom<() => void>(), get next() { return Node.nullable(); } });
defineSession({ key, keyFn, value: Node });`,
  "a function in a value of valibot": `defineSession({ key, keyFn, value: v.object({ run: v.function() }) });`,
  "a function in a value of arktype": `defineSession({ key, keyFn, value: type({ run: "Function" }) });`,
  "a one-way transform": `defineSession({ key, keyFn, value: z.string().transform(Number) });`,
  "a one-way transform within": `defineSession({ key, keyFn, value: z.object({ at: z.string().transform((it) => new Date(it)) }) });`,
  "an optional value": `defineSession({ key, keyFn, value: z.string().optional() });`,
  "a key of another type": `defineSession({ key, keyFn: () => 1, value: z.number() });`,
  "a key of another type, later": `defineSession({ key, keyFn: async () => 1, value: z.number() });`,
  "a key outside the enum": `defineSession({ key: z.enum(["a", "b"]), keyFn: () => "c", value: z.number() });`,
  "a key that lacks a field": `defineSession({ key: z.object({ tenant: z.string(), user: z.string() }), keyFn: () => ({ tenant: "t" }), value: z.number() });`,
  "no value": `defineSession({ key, keyFn });`,
  "a misspelt option": `defineSession({ key, keyFn, value: z.number(), lifetimes: { idle: "1h" } });`,
  "a duration in words": `defineSession({ key, keyFn, value: z.number(), lifetime: { idle: "1 hour" } });`,
  "a driver that was not made": `defineSession({ key, keyFn, value: z.number(), driver: memoryDriver });`,
  "text for a number": `counts.session("a").insert("1");`,
  "text for a number in an upsert": `counts.session("a").upsert("1", (n) => n + 1);`,
  "an update of a number that gives nothing": `counts.session("a").update((n) => { n + 1; });`,
  "an update that gives text": `counts.session("a").update((n) => \`\${n}\`);`,
  "an update of an object that gives a number": `carts.session("a").update((cart) => cart.items.push({ sku: "a", qty: 1 }));`,
  "a field of the wrong type": `carts.session("a").insert({ items: [{ sku: "a", qty: "1" }] });`,
  "a missing field": `carts.session("a").insert({});`,
  "a number for a key": `counts.store.find(1);`,
  "a session that may be missing": `guests.wrap((request) => request.guests.find());`,
  "two definitions of one name on one request": `const other = defineSession({ name: "counts", key, value: z.string(), keyFn });
const server: { fetch(request: Request): unknown } = { fetch: counts.wrap(other.wrap(() => new Response())) };`,
  "two definitions of one name that are combined": `const other = defineSession({ name: "counts", key, value: z.string(), keyFn });
combine(carts, counts, other);`,
  "a misspelt verb in a router of combined definitions": `const web = combine(counts, carts);
Router<typeof web.Request>({ ...web.router }).get("/", (request) => request.counts.instert(1));`,
  "the session under another name": `counts.wrap((request) => request.count.find());`,
  "an upsert on a driver without compare-and-set": `weak.session("a").upsert(1, (n: number) => n + 1);`,
  "a key of another type than a cookie's": `defineSession({ key: z.number(), value: z.number(), keyFn: cookieKey() });`,
  "a key source that is called for a key": `defineSession({ key, value: z.number(), keyFn: (request) => cookieKey().read(request) });`,
  "a key source that was not made": `defineSession({ key, value: z.number(), keyFn: cookieKey });`,
  "a cookie's attribute in another spelling": `cookieKey({ sameSite: "Lax" });`,
  "a cookie without secure for other sites": `cookieKey({ sameSite: "none", secure: false });`,
  "a cookie's prefix with a domain": `cookieKey({ name: "__Host-cart", domain: "shop.example" });`,
  "a cookie's path without a slash": `cookieKey({ path: "admin" });`,
  "a short secret": `cookieKey({ secrets: ["keyboard cat"] });`,
  "no secrets in the list": `cookieKey({ secrets: [] });`,
  "a list of secrets that may be missing": `cookieKey({ secrets: process.env["SECRETS"]?.split(",") });`,
  "an option that cookies lack": `cookieKey({ path: "/admin", maxAge: 5 });`,
  "a secret that may be missing": `cookieKey({ secrets: [process.env["SECRET"]] });`,
  "a field taken that must be there": `users.wrap((request) => request.users.take("id"));`,
  "a privileged field that is inserted": `members.wrap((request) => request.members.insert({ cart: [], id: 1 }));`,
  "a privileged field that is updated": `members.wrap((request) => request.members.update((it) => { it.id = 1; }));`,
  "a privileged field that is updated within": `members.wrap((request) => request.members.update((it) => { it.roles?.push("admin"); }));`,
  "a privileged field in what an update returns": `members.wrap((request) => request.members.update((it) => ({ ...it, id: 1 })));`,
  "a privileged field that is taken": `members.wrap((request) => request.members.take("id"));`,
  "a privileged field that a session must have": `const strict = defineSession({ value: z.object({ id: z.number() }), keyFn: cookieKey(), privileged: ["id"] });
strict.wrap((request) => request.session.insert({}));`,
  "a privileged field that there is not": `defineSession({ value: z.object({ id: z.number() }), keyFn: cookieKey(), privileged: ["ids"] });`,
  "a privileged field where the key is given": `defineSession({ key, keyFn, value: z.object({ id: z.number() }), privileged: ["id"] });`,
  "a move that is not declared": `const door = states(doors, "door", { open: ["shut"], shut: ["open"] });
door.when(doors.session("a"), "shut").then((shut) => shut?.move("shut", (it) => it));`,
  "states of a field that tells none apart": `states(carts, "items", {});`,
  "a state without its moves": `states(doors, "door", { open: ["shut"] });`,
  "a session rotated outside a request": `users.session("a").rotate();`,
  "a session rotated whose key is given": `counts.wrap((request) => request.counts.rotate());`,
  "a jar whose set takes no attributes": `const map = new Map<string, string>();
users.open({ get: (name) => map.get(name), set: (name, value) => map.set(name, value) });`,
  "the cookies of the request in Next.js as a jar": `declare const cookies: { get(name: string): { value: string } | undefined; set(...args: [key: string, value: string] | [options: object]): object };
users.open(cookies);`,
  "a sign-in without a cookie": `signedIn(counts, 1);`,
  "a sign-in with a field of another type": `signedIn(members, { cart: [], id: "7" });`,
  "a sign-in with a misspelt field": `signedIn(members, { cart: [], roels: ["admin"] });`,
  "a swap in a route": `Router().get("/", weak.middleware, (request) => request.weak.swap(1));`,
};

it("says what is wrong in a sentence at the word that is wrong, for each of these programs", async () => {
  const modules: Record<string, string> = { "prelude.ts": PRELUDE };
  for (const [title, program] of Object.entries(programs)) {
    modules[`${title.replaceAll(/\W+/g, "-")}.ts`] = `${HEAD}\n${program}`;
  }
  const found = complaints(modules);
  const page = Object.entries(programs).map(([title, program]) => {
    const own = found.filter((it) => it.module === `${title.replaceAll(/\W+/g, "-")}.ts`);
    // One mistake, one complaint, in few lines.
    expect(
      own.map((it) => it.message),
      title,
    ).toHaveLength(1);
    const { at = "", message = "" } = own[0] ?? {};
    expect(message.split("\n").length, `${title}:\n${message}`).toBeLessThanOrEqual(4);
    return `# ${title}\n${program}\n  at   ${at}\n  says ${message.replaceAll("\n", "\n       ")}\n`;
  });
  expect(page.length).toBeGreaterThanOrEqual(20);
  await expect(page.join("\n")).toMatchFileSnapshot("messages.txt");
});
