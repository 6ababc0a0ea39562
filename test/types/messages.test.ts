import { readFileSync } from "node:fs";
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
export const callers = defineSession({ name: "callers", key, keyFn, value: z.discriminatedUnion("kind", [z.object({ kind: z.literal("guest") }), z.object({ kind: z.literal("user"), id: z.string() })]) });
export const deep = defineSession({ name: "deep", key, keyFn, value: z.object({ a: z.object({ b: z.object({ c: z.object({ d: z.object({ e: z.object({ f: z.number() }) }) }) }) }) }) });
declare const eventual: Driver<false>;
export const weak = defineSession({ name: "weak", key, value: z.number(), keyFn, driver: eventual });
`;
const HEAD = `
import { z } from "zod";
import * as v from "valibot";
import { type } from "arktype";
import { Router } from "itty-router";
import { combine, cookieKey, defineSession, memoryDriver, type Driver, type Session, type SessionRequest } from "zession";
import { states } from "zession/states";
import { signedIn } from "zession/testing";
import { callers, carts, counts, deep, doors, guests, key, keyFn, members, users, weak } from "./prelude.ts";
`;

/** Programs that a person might write, each with one mistake or several, by what they are about. */
const areas: Record<string, Record<string, string>> = {
  values: {
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
    "two parts that cannot be stored": `defineSession({ key, keyFn, value: z.object({ tag: z.symbol(), run: z.custom<() => void>() }) });`,
    "two parts within that cannot be stored": `defineSession({ key, keyFn, value: z.object({ one: z.object({ tag: z.symbol() }), other: z.object({ run: z.custom<() => void>() }) }) });`,
    "a part six levels deep that cannot be stored": `defineSession({ key, keyFn, value: z.object({ a: z.object({ b: z.object({ c: z.object({ d: z.object({ e: z.object({ f: z.symbol() }) }) }) }) }) }) });`,
    "two members of a union that cannot be stored": `defineSession({ key, keyFn, value: z.union([z.object({ tag: z.symbol() }), z.object({ run: z.custom<() => void>() })]) });`,
    "a member of a union by its tag that cannot be stored": `defineSession({ key, keyFn, value: z.discriminatedUnion("kind", [z.object({ kind: z.literal("a"), tag: z.symbol() }), z.object({ kind: z.literal("b") })]) });`,
  },
  keys: {
    "a key of another type": `defineSession({ key, keyFn: () => 1, value: z.number() });`,
    "a key of another type, later": `defineSession({ key, keyFn: async () => 1, value: z.number() });`,
    "a key outside the enum": `defineSession({ key: z.enum(["a", "b"]), keyFn: () => "c", value: z.number() });`,
    "a key that lacks a field": `defineSession({ key: z.object({ tenant: z.string(), user: z.string() }), keyFn: () => ({ tenant: "t" }), value: z.number() });`,
    "a key of another type than a cookie's": `defineSession({ key: z.number(), value: z.number(), keyFn: cookieKey() });`,
    "a key source that is called for a key": `defineSession({ key, value: z.number(), keyFn: (request) => cookieKey().read(request) });`,
    "a key source that was not made": `defineSession({ key, value: z.number(), keyFn: cookieKey });`,
    "no key": `defineSession({ keyFn: () => "a", value: z.number() });`,
    "a key that is a function, and a value that is a symbol": `defineSession({ key: z.custom<() => void>(), keyFn: () => () => {}, value: z.symbol() });`,
    "an object for the key of a cookie": `defineSession({ key: z.object({ id: z.string() }), keyFn: cookieKey(), value: z.number() });`,
    "a key with two fields too many": `defineSession({ key: z.object({ tenant: z.string() }), keyFn: () => ({ tenant: "t", user: 1, role: 2 }), value: z.number() });`,
    "a key with a field too many, later": `defineSession({ key: z.object({ tenant: z.string() }), keyFn: async () => ({ tenant: "t", user: 1 }), value: z.number() });`,
    "a key of empty text in one case": `defineSession({ key, keyFn: (request) => request.headers.get("a") === "b" ? "a" : "", value: z.number() });`,
  },
  options: {
    "no value": `defineSession({ key, keyFn });`,
    "a misspelt option": `defineSession({ key, keyFn, value: z.number(), lifetimes: { idle: "1h" } });`,
    "a duration in words": `defineSession({ key, keyFn, value: z.number(), lifetime: { idle: "1 hour" } });`,
    "a driver that was not made": `defineSession({ key, keyFn, value: z.number(), driver: memoryDriver });`,
    "a misspelt value": `defineSession({ key, keyFn, values: z.number() });`,
    "a misspelt keyFn": `defineSession({ key, keyfn: () => "a", value: z.number() });`,
    "a name, a duration and a value, all of them wrong": `defineSession({ name: "url", key, keyFn, value: z.symbol(), lifetime: { idle: "1 hour" } });`,
    "a misspelt option beside a wrong value": `defineSession({ key, keyFn, value: z.symbol(), lifetimes: {} });`,
    "one of two names": `defineSession({ name: Math.random() > 1 ? "a" : "b", key, keyFn, value: z.number() });`,
  },
  cookies: {
    "a cookie's attribute in another spelling": `cookieKey({ sameSite: "Lax" });`,
    "a cookie without secure for other sites": `cookieKey({ sameSite: "none", secure: false });`,
    "a cookie's prefix with a domain": `cookieKey({ name: "__Host-cart", domain: "shop.example" });`,
    "a cookie's path without a slash": `cookieKey({ path: "admin" });`,
    "a short secret": `cookieKey({ secrets: ["keyboard cat"] });`,
    "no secrets in the list": `cookieKey({ secrets: [] });`,
    "a list of secrets that may be missing": `cookieKey({ secrets: process.env["SECRETS"]?.split(",") });`,
    "an option that cookies lack": `cookieKey({ path: "/admin", maxAge: 5 });`,
    "a secret that may be missing": `cookieKey({ secrets: [process.env["SECRET"]] });`,
    "two attributes that are wrong": `cookieKey({ sameSite: "none", secure: false, path: "admin" });`,
    "a name, a path and a secret, all of them wrong": `cookieKey({ name: "__Host-cart", domain: "shop.example", path: "admin", secrets: ["keyboard cat"] });`,
    "an attribute that is wrong in a definition that is wrong": `defineSession({ keyFn: cookieKey({ path: "admin" }), value: z.symbol() });`,
  },
  verbs: {
    "text for a number": `counts.session("a").insert("1");`,
    "text for a number in an upsert": `counts.session("a").upsert("1", (n) => n + 1);`,
    "an update of a number that gives nothing": `counts.session("a").update((n) => { n + 1; });`,
    "an update that gives text": `counts.session("a").update((n) => \`\${n}\`);`,
    "an update of an object that gives a number": `carts.session("a").update((cart) => cart.items.push({ sku: "a", qty: 1 }));`,
    "a field of the wrong type": `carts.session("a").insert({ items: [{ sku: "a", qty: "1" }] });`,
    "a missing field": `carts.session("a").insert({});`,
    "a number for a key": `counts.store.find(1);`,
    "an upsert on a driver without compare-and-set": `weak.session("a").upsert(1, (n: number) => n + 1);`,
    "a field taken that must be there": `users.wrap((request) => request.users.take("id"));`,
    "a swap in a route": `Router().get("/", weak.middleware, (request) => request.weak.swap(1));`,
    "a misspelt field": `carts.session("a").update((cart) => ({ ...cart, itmes: [] }));`,
    "two misspelt fields": `users.session("a").update((user) => ({ ...user, mesage: "a", nmae: "b" }));`,
    "a misspelt field beside one of another type": `carts.session("a").update((cart) => ({ ...cart, items: 1, itmes: [] }));`,
    "a misspelt field six levels deep": `deep.session("a").update((it) => ({ a: { b: { c: { d: { e: { ...it.a.b.c.d.e, g: 2 } } } } } }));`,
    "text six levels deep": `deep.session("a").insert({ a: { b: { c: { d: { e: { f: "1" } } } } } });`,
    "text six levels deep in a variable": `const next = { a: { b: { c: { d: { e: { f: "1" } } } } } };
deep.session("a").insert(next);`,
    "a misspelt field behind wrap": `carts.wrap(async (request) => request.carts.update((cart) => ({ ...cart, itmes: [], note: 1 })));`,
    "a misspelt field of combined sessions": `combine(carts, counts).wrap((request) => request.carts.update((cart) => ({ ...cart, itmes: [] })));`,
    "an update that gives text later": `counts.session("a").update(async (n) => \`\${n}\`);`,
    "an update with a body that gives text": `counts.session("a").update((n) => { const next = \`\${n}\`; return next; });`,
    "an update with a body that gives text later": `counts.session("a").update(async (n) => { const next = \`\${n}\`; return next; });`,
    "a misspelt field, later": `carts.session("a").update(async (cart) => ({ ...cart, itmes: [] }));`,
    "a misspelt field in a body": `carts.session("a").update((cart) => { return { ...cart, itmes: [] }; });`,
    "a field of another type, later": `users.session("a").update(async (user) => ({ ...user, id: "1" }));`,
    "a field of another type in a body": `users.session("a").update((user) => { return { ...user, id: "1" }; });`,
    "a field of another type in a first value": `users.wrap((request) => request.users.upsert(() => ({ id: "1" }), (user) => user));`,
    "a member of a union without its field": `callers.session("a").insert({ kind: "user" });`,
    "an update of a union that lacks a field": `callers.session("a").update(() => ({ kind: "user" }));`,
    "a field taken that there is not": `users.session("a").take("mesage");`,
    "a field of a number that is taken": `counts.session("a").take("message");`,
  },
  handlers: {
    "a session that may be missing": `guests.wrap((request) => request.guests.find());`,
    "two definitions of one name on one request": `const other = defineSession({ name: "counts", key, value: z.string(), keyFn });
const server: { fetch(request: Request): unknown } = { fetch: counts.wrap(other.wrap(() => new Response())) };`,
    "two definitions of one name that are combined": `const other = defineSession({ name: "counts", key, value: z.string(), keyFn });
combine(carts, counts, other);`,
    "a misspelt verb in a router of combined definitions": `const web = combine(counts, carts);
Router<typeof web.Request>({ ...web.router }).get("/", (request) => request.counts.instert(1));`,
    "the session under another name": `counts.wrap((request) => request.count.find());`,
    "a session rotated outside a request": `users.session("a").rotate();`,
    "a session rotated whose key is given": `counts.wrap((request) => request.counts.rotate());`,
    "a jar whose set takes no attributes": `const map = new Map<string, string>();
users.open({ get: (name) => map.get(name), set: (name, value) => map.set(name, value) });`,
    "the cookies of the request in Next.js as a jar": `declare const cookies: { get(name: string): { value: string } | undefined; set(...args: [key: string, value: string] | [options: object]): object };
users.open(cookies);`,
    "a sign-in without a cookie": `signedIn(counts, 1);`,
    "a sign-in with a field of another type": `signedIn(members, { cart: [], id: "7" });`,
    "a sign-in with a misspelt field": `signedIn(members, { cart: [], roels: ["admin"] });`,
    "a session that may be missing in a handler that needs one": `guests.wrap((request: Request & { guests: Session<string, number> }) => request.guests.find());`,
    "a handler that expects another session": `counts.wrap(async (request: Request & { counts: Session<string, string> }) => { return request.counts.find(); });`,
    "two definitions of one name around a third": `const other = defineSession({ name: "counts", key, value: z.string(), keyFn });
counts.wrap(carts.wrap(other.wrap((request) => request.counts.find())));`,
  },
  "privileged fields": {
    "a privileged field that is inserted": `members.wrap((request) => request.members.insert({ cart: [], id: 1 }));`,
    "a privileged field that is updated": `members.wrap((request) => request.members.update((it) => { it.id = 1; }));`,
    "a privileged field that is updated within": `members.wrap((request) => request.members.update((it) => { it.roles?.push("admin"); }));`,
    "a privileged field in what an update returns": `members.wrap((request) => request.members.update((it) => ({ ...it, id: 1 })));`,
    "a privileged field that is taken": `members.wrap((request) => request.members.take("id"));`,
    "a privileged field that a session must have": `const strict = defineSession({ value: z.object({ id: z.number() }), keyFn: cookieKey(), privileged: ["id"] });
strict.wrap((request) => request.session.insert({}));`,
    "a privileged field that there is not": `defineSession({ value: z.object({ id: z.number() }), keyFn: cookieKey(), privileged: ["ids"] });`,
    "a privileged field where the key is given": `defineSession({ key, keyFn, value: z.object({ id: z.number() }), privileged: ["id"] });`,
    "two privileged fields that are inserted": `members.wrap((request) => request.members.insert({ cart: [], id: 1, roles: [] }));`,
    "a privileged field of a number": `defineSession({ value: z.number(), keyFn: cookieKey(), privileged: ["toFixed"] });`,
    "one privileged field without a list": `defineSession({ value: z.object({ id: z.number() }), keyFn: cookieKey(), privileged: "id" });`,
  },
  states: {
    "a move that is not declared": `const door = states(doors, "door", { open: ["shut"], shut: ["open"] });
door.when(doors.session("a"), "shut").then((shut) => shut?.move("shut", (it) => it));`,
    "states of a field that tells none apart": `states(carts, "items", {});`,
    "a state without its moves": `states(doors, "door", { open: ["shut"] });`,
    "a move with a misspelt field": `const door = states(doors, "door", { open: ["shut"], shut: ["open"] });
door.when(doors.session("a"), "shut").then((shut) => shut?.move("open", (it) => ({ opened: it.opened, opend: 1 })));`,
    "moves of a state that there is not": `states(doors, "door", { open: ["shut"], shut: ["open"], ajar: [] });`,
    "a move to a state that there is not": `states(doors, "door", { open: ["shut"], shut: ["opne"] });`,
  },
};

/** The compiler takes a line for each step into what a function returns, and into its promise. */
const LONG = /later|in a body|in a first value/;

/**
 * How good a message is. A message in `messages.txt` is graded by a person who has read it:
 *
 * - `A`: a sentence at the place tells what is wrong and what to do.
 * - `B`: a sentence at the place, or near it, tells what is wrong.
 * - `C`: it is at the place, but tells only that one type is not another.
 * - `D`: it misleads, is at another place, or hides the sentence. There may be none.
 *
 * A new message, and one that has changed, is written with `?`.
 */
const GRADE = /^grade (\S+)$/m;

/** The grades that are in the snapshot, by what they grade. */
function grades(): Map<string, string> {
  const page = readFileSync(new URL("messages.txt", import.meta.url), "utf8");
  const cases = page.split(/^(?=# )/m).map((text) => text.trim());
  return new Map(cases.map((it) => [it.replace(GRADE, "grade"), GRADE.exec(it)?.[1] ?? "?"]));
}

it("says what is wrong at the word that is wrong, for each of these programs", async () => {
  const modules: Record<string, string> = { "prelude.ts": PRELUDE };
  const programs = Object.entries(areas).flatMap(([area, all]) =>
    Object.entries(all).map(([title, program], index) => ({
      title: `${area}: ${title}`,
      program,
      module: `${area.replaceAll(" ", "-")}-${index}.ts`,
    })),
  );
  for (const { module, program } of programs) modules[module] = `${HEAD}\n${program}`;
  const found = complaints(modules);
  const known = grades();
  const cases = programs.map(({ module, program, title }) => {
    const own = found.filter((it) => it.module === module);
    expect(own.length, `no complaint: ${title}`).toBeGreaterThan(0);
    const says = own.map(({ at, message }) => {
      const lines = message.split("\n").length;
      expect(lines, `${title}:\n${message}`).toBeLessThanOrEqual(LONG.test(title) ? 7 : 4);
      return `  at   ${at}\n  says ${message.replaceAll("\n", "\n       ")}`;
    });
    const text = [`# ${title}`, program, ...says, "grade"].join("\n");
    return text.replace(/grade$/, `grade ${known.get(text) ?? "?"}`);
  });
  expect(cases.length).toBeGreaterThanOrEqual(100);
  await expect(`${cases.join("\n\n")}\n`).toMatchFileSnapshot("messages.txt");
  const ungraded = cases.filter((it) => !/^grade [ABC]$/m.test(it));
  expect(ungraded, "read these messages and grade them in messages.txt").toEqual([]);
});
