// Options that would fail when the session is defined, or later, are refused by the compiler.
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { expectError, expectType } from "tsd";
import { cookieKey, defineSession, type Session } from "zession";
import { z } from "zod";

const base = { key: z.string(), value: z.number(), keyFn: () => "a" };
const value = z.number();
const fn = z.custom<() => void>();
const maybe: boolean = Math.random() > 0.5;

// Keys.
expectError(defineSession({ key: fn, value, keyFn: () => () => {} }));
expectError(defineSession({ key: z.map(z.string(), z.string()), value, keyFn: () => new Map() }));
expectError(defineSession({ key: z.set(z.string()), value, keyFn: () => new Set(["a"]) }));
expectError(defineSession({ key: z.symbol(), value, keyFn: () => Symbol("a") }));
expectError(defineSession({ key: z.null(), value, keyFn: () => null }));
expectError(defineSession({ key: z.undefined(), value, keyFn: () => undefined }));
expectError(defineSession({ key: z.string().optional(), value, keyFn: () => undefined }));
expectError(defineSession({ key: z.instanceof(URL), value, keyFn: (r) => new URL(r.url) }));
expectError(defineSession({ key: z.object({ a: z.object({ f: fn }) }), value, keyFn: () => null }));
expectError(defineSession({ key: z.array(z.symbol()), value, keyFn: () => null }));
expectError(defineSession({ key: z.coerce.number(), value, keyFn: cookieKey() }));
expectError(defineSession({ key: z.string(), value, keyFn: () => "" }));
const pair = z.object({ tenant: z.string(), user: z.string().optional() });
expectError(defineSession({ key: pair, value, keyFn: () => ({ tenant: "t", usr: "u" }) }));
defineSession({ key: pair, value, keyFn: () => ({ tenant: "t", user: "u" }) });
defineSession({ key: pair, value, keyFn: () => (maybe ? { tenant: "t" } : null) });
defineSession({ key: z.string().nullable(), value, keyFn: () => null });
defineSession({ key: z.array(z.union([z.string(), z.date()])), value, keyFn: () => ["a"] });
defineSession({ key: z.any(), value, keyFn: () => "a" });
defineSession({ key: z.object({ a: z.string() }).brand<"Id">(), value, keyFn: () => ({ a: "b" }) });

// Names.
const wide = String(maybe);
expectError(defineSession({ ...base, name: "" }));
expectError(defineSession({ ...base, name: "url" }));
expectError(defineSession({ ...base, name: "params" }));
expectError(defineSession({ ...base, name: "then" }));
expectError(defineSession({ ...base, name: "toString" }));
expectError(defineSession({ ...base, name: wide }));
expectError(defineSession({ ...base, name: maybe ? "a" : "b" }));
const inVariable = { ...base, name: "cart" };
expectError(defineSession(inVariable));
defineSession({ ...base, name: "cart" as const });
expectError(
  defineSession({
    ...base,
    name: "user",
    keyFn: (request: Request & { user: { id: string } }) => request.user.id,
  }),
);

// Durations.
expectError(defineSession({ ...base, lifetime: { idle: "30 m" } }));
expectError(defineSession({ ...base, lifetime: { idle: "1e3s" } }));
expectError(defineSession({ ...base, lifetime: { idle: "0x10s" } }));
expectError(defineSession({ ...base, lifetime: { idle: "-5m" } }));
expectError(defineSession({ ...base, lifetime: { absolute: "0m" } }));
expectError(defineSession({ ...base, lifetime: { absolute: "0.5ms" } }));
expectError(defineSession({ ...base, lifetime: { idle: -1 } }));
expectError(defineSession({ ...base, timeout: 0 }));
expectError(defineSession({ ...base, timeout: "5 seconds" }));
defineSession({ ...base, lifetime: { idle: "1.5h", absolute: 7 * 86_400_000 }, timeout: "500ms" });
defineSession({ ...base, lifetime: { idle: "30m", absolute: "12h" }, timeout: 1000 });
defineSession({ ...base, lifetime: false });
defineSession({ ...base, lifetime: { idle: `${5}m` } });

// Values.
const tag: unique symbol = Symbol("tag");
const at = { ...base, value: undefined };
expectError(defineSession({ ...at, value: z.object({ r: z.instanceof(URLSearchParams) }) }));
expectError(defineSession({ ...at, value: z.object({ last: z.instanceof(Error) }) }));
expectError(defineSession({ ...at, value: z.custom<{ [tag]: string }>() }));
expectError(defineSession({ ...at, value: z.never() }));
expectError(defineSession({ ...at, value: z.object({ a: fn, b: z.symbol() }) }));
defineSession({ ...at, value: z.object({ name: z.string(), message: z.string() }) });
defineSession({ ...at, value: z.object({ a: z.string() }).brand<"Cart">() });

// Functions over any schema and any name.
function make<Schema extends z.ZodType>(schema: Schema) {
  return defineSession({ key: z.string(), value: schema, keyFn: () => "a" });
}
function makeOf<Value extends object>(schema: StandardSchemaV1<Value, Value>) {
  return defineSession({ key: z.string(), value: schema, keyFn: () => "a" });
}
function named<const Name extends string>(name: Name) {
  return defineSession({ ...base, name });
}
expectType<Session<string, { n: number }>>(make(z.object({ n: z.number() })).session("a"));
expectType<Session<string, { n: number }>>(makeOf(z.object({ n: z.number() })).session("a"));
expectType<"cart">(named("cart").name);
