// The session of a request that a middleware has opened, and of a cookie jar.

import { expectError, expectType } from "tsd";
import {
  type CookieJar,
  type CookieSession,
  cookieKey,
  type Driver,
  defineSession,
  type JarCookieAttributes,
  type NonAtomicSession,
  type Session,
} from "zession";
import { z } from "zod";

const carts = defineSession({ name: "carts", value: z.string(), keyFn: cookieKey() });
const optional = defineSession({
  key: z.string(),
  value: z.number(),
  keyFn: (request) => request.headers.get("a"),
});
const always = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a" });
const simple = defineSession({
  value: z.number(),
  keyFn: cookieKey(),
  driver: {} as Driver<false>,
});

expectType<CookieSession<string, string>>(carts.of({}));
expectType<Session<string, number> | undefined>(optional.of(new Request("https://a.example")));
expectType<Session<string, number>>(always.of({}));
expectError(carts.of("a"));
expectError(carts.of(undefined));

// A jar of any framework.
declare const next: {
  get(name: string): { name: string; value: string } | undefined;
  set(...args: [key: string, value: string, cookie?: Partial<{ maxAge: number }>]): object;
};
declare const svelte: {
  get(name: string, options?: { decode?: (value: string) => string }): string | undefined;
  set(name: string, value: string, options: { path: string; maxAge?: number }): void;
};
expectType<CookieSession<string, string>>(carts.open(next));
expectType<CookieSession<string, string>>(carts.open(svelte));
expectType<CookieSession<string, string>>(carts.open({ get: () => null }));
expectType<NonAtomicSession<string | undefined, number>>(simple.open({ get: () => null }));
expectType<number | undefined>({} as JarCookieAttributes["maxAge"]);
expectError(carts.open({}));
expectError(carts.open({ get: async () => "a" }));
expectError(carts.open(Promise.resolve({} as CookieJar)));
// Sessions that are not kept by cookie have no cookie to open.
expectError(optional.open({ get: () => null }));
expectType<"only a session kept by cookie can be opened by a cookie jar: keyFn: cookieKey()">(
  optional.open.error,
);
