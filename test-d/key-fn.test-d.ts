// What keyFn may give, and what follows from it.
import { expectError, expectType } from "tsd";
import { defineSession, type Session } from "zession";
import { z } from "zod";

const value = z.number();
const maybe = Math.random() > 0.5;

// Right programs, nothing annotated.
const literal = defineSession({ key: z.literal("global"), value, keyFn: () => "global" });
expectType<Session<"global", number>>(literal.session("global"));
const choice = defineSession({ key: z.enum(["a", "b"]), value, keyFn: () => (maybe ? "a" : "b") });
expectType<"a" | "b">(choice.session("a").key);
const tuple = defineSession({
  key: z.tuple([z.string(), z.number()]),
  value,
  keyFn: (request) => [request.url, 1],
});
expectType<[string, number]>(tuple.session(["a", 1]).key);
const object = defineSession({
  key: z.object({ tenant: z.string(), user: z.number() }),
  value,
  keyFn: () => ({ tenant: "t", user: 1 }),
});
expectType<{ tenant: string; user: number }>(object.session({ tenant: "t", user: 1 }).key);
const union = defineSession({
  key: z.union([z.string(), z.number()]),
  value,
  keyFn: () => (maybe ? "a" : 1),
});
expectType<string | number>(union.session(1).key);
const bigint = defineSession({ key: z.bigint(), value, keyFn: () => 1n });
expectType<bigint>(bigint.session(1n).key);
const date = defineSession({ key: z.date(), value, keyFn: () => new Date() });
expectType<Date>(date.session(new Date()).key);

// A key is given as the schema takes it and shown as the schema puts it out.
const branded = defineSession({ key: z.string().brand<"UserId">(), value, keyFn: () => "a" });
expectType<string & z.core.$brand<"UserId">>(branded.session("a").key);
const numbered = defineSession({ key: z.string().transform(Number), value, keyFn: () => "5" });
expectType<number>(numbered.session("5").key);
expectError(numbered.session(5));

// A request is without a session exactly when keyFn can give null or undefined.
const nullable = defineSession({ key: z.string(), value, keyFn: () => (maybe ? "a" : null) });
expectType<(request: Request) => Promise<Session<string, number> | undefined>>(
  nullable.fromRequest,
);
const later = defineSession({
  key: z.string(),
  value,
  keyFn: async () => (maybe ? "a" : undefined),
});
expectType<(request: Request) => Promise<Session<string, number> | undefined>>(later.fromRequest);
const promised = defineSession({ key: z.string(), value, keyFn: async () => "a" });
expectType<(request: Request) => Promise<Session<string, number>>>(promised.fromRequest);
const never = defineSession({
  key: z.string(),
  value,
  keyFn: (): never => {
    throw new Error();
  },
});
expectType<(request: Request) => Promise<Session<string, number>>>(never.fromRequest);
const none = defineSession({ key: z.string(), value, keyFn: () => null });
expectType<(request: Request) => Promise<Session<string, number> | undefined>>(none.fromRequest);

// The request and further arguments are those keyFn takes.
interface Env {
  readonly secret: string;
}
const custom = defineSession({
  key: z.string(),
  value,
  keyFn: (request: Request & { ip?: string }, env: Env) => request.ip ?? env.secret,
});
expectType<(request: Request & { ip?: string }, env: Env) => Promise<Session<string, number>>>(
  custom.fromRequest,
);
expectError(custom.fromRequest(new Request("http://localhost")));
expectError(custom.fromRequest(new Request("http://localhost"), { secret: 1 }));
const custom2 = custom.wrap((request, env, context: { readonly id: number }) => {
  expectType<Env>(env);
  return [request.ip, env.secret, context.id] as const;
});
expectType<Promise<readonly [string | undefined, string, number]>>(
  custom2(new Request("http://localhost"), { secret: "s" }, { id: 1 }),
);
expectError(custom2(new Request("http://localhost"), { secret: "s" }));

// Wrong ones.
expectError(defineSession({ key: z.string(), value, keyFn: () => 1 }));
expectError(defineSession({ key: z.string(), value, keyFn: async () => 1 }));
expectError(defineSession({ key: z.string(), value, keyFn: () => (maybe ? "a" : 1) }));
expectError(defineSession({ key: z.literal("global"), value, keyFn: () => "local" }));
expectError(defineSession({ key: z.enum(["a", "b"]), value, keyFn: () => "c" }));
expectError(
  defineSession({ key: z.tuple([z.string(), z.number()]), value, keyFn: () => ["a", "b"] }),
);
expectError(defineSession({ key: z.tuple([z.string(), z.number()]), value, keyFn: () => ["a"] }));
expectError(
  defineSession({ key: z.object({ tenant: z.string() }), value, keyFn: () => ({ tenant: 1 }) }),
);
expectError(defineSession({ key: z.bigint(), value, keyFn: () => 1 }));
expectError(defineSession({ key: z.string(), value, keyFn: (request) => request.header("a") }));
expectError(defineSession({ key: z.string(), value, keyFn: "x-client-id" }));
