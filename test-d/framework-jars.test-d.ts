// The jars of frameworks, by the signatures that their packages declare.

import { expectError, expectType } from "tsd";
import { type CookieSession, cookieKey, defineSession } from "zession";
import { z } from "zod";

const carts = defineSession({ name: "carts", value: z.string(), keyFn: cookieKey() });
type Cart = CookieSession<string, string>;

/** `SerializeOptions` of the package `cookie`, as all of them have it. */
interface SerializeOptions {
  domain?: string | undefined;
  encode?: ((value: string) => string) | undefined;
  expires?: Date | undefined;
  httpOnly?: boolean | undefined;
  maxAge?: number | undefined;
  partitioned?: boolean | undefined;
  path?: string | undefined;
  priority?: "low" | "medium" | "high" | undefined;
  sameSite?: boolean | "lax" | "strict" | "none" | undefined;
  secure?: boolean | undefined;
}

// next 16: dist/compiled/@edge-runtime/cookies/index.d.ts
interface RequestCookie {
  name: string;
  value: string;
}
type ResponseCookie = RequestCookie &
  Omit<SerializeOptions, "expires" | "encode"> & {
    expires?: number | Date | undefined;
  };
/** `await cookies()`. */
declare const next: {
  get(...args: [name: string] | [RequestCookie]): RequestCookie | undefined;
  set(
    ...args:
      | [key: string, value: string, cookie?: Partial<ResponseCookie>]
      | [options: ResponseCookie]
  ): object;
};
expectType<Cart>(carts.open(next));

/** `request.cookies`, which is the request's alone. */
declare const request: {
  readonly cookies: {
    get(...args: [name: string] | [RequestCookie]): RequestCookie | undefined;
    set(...args: [key: string, value: string] | [options: RequestCookie]): object;
  };
};
expectError(carts.open(request.cookies));
expectType<Cart>(carts.open({ get: (name) => request.cookies.get(name) }));

// @sveltejs/kit 3 and 2: types/index.d.ts
declare const svelteKit3: {
  get: (name: string, opts?: { decode?: (value: string) => string }) => string | undefined;
  set: (name: string, value: string, opts?: SerializeOptions) => void;
};
declare const svelteKit2: {
  get: (name: string, opts?: { decode?: (value: string) => string }) => string | undefined;
  set: (name: string, value: string, opts: SerializeOptions & { path: string }) => void;
};
expectType<Cart>(carts.open(svelteKit3));
expectType<Cart>(carts.open(svelteKit2));

// astro 7: dist/core/cookies/cookies.d.ts
declare const astro: {
  get(
    key: string,
    options?: { decode?: (value: string) => string },
  ): { value: string; json(): unknown; number(): number; boolean(): boolean } | undefined;
  set(
    key: string,
    value: string | Record<string, unknown>,
    options?: Omit<SerializeOptions, "priority">,
  ): void;
};
expectType<Cart>(carts.open(astro));

// h3 1 (Nuxt): dist/index.d.ts
declare const event: { readonly __is_event__: true };
declare function getCookie(of: typeof event, name: string): string | undefined;
declare function setCookie(
  on: typeof event,
  name: string,
  value: string,
  serializeOptions?: SerializeOptions,
): void;
expectType<Cart>(
  carts.open({
    get: (name) => getCookie(event, name),
    set: (name, value, attributes) => setCookie(event, name, value, attributes),
  }),
);

// @tanstack/start-server-core 1: dist/esm/request-response.d.ts
declare function getStartCookie(name: string): string | undefined;
declare function setStartCookie(name: string, value: string, options?: SerializeOptions): void;
expectType<Cart>(carts.open({ get: getStartCookie, set: setStartCookie }));

// elysia 1: dist/cookies.d.ts
declare const cookie: Record<
  string,
  { value: unknown; set(config: SerializeOptions & { value?: unknown }): object }
>;
expectType<Cart>(
  carts.open({
    get: (name) => cookie[name]?.value as string | undefined,
    set: (name, value, attributes) => cookie[name]?.set({ value, ...attributes }),
  }),
);
// Its value may be anything: a text has to be asked for.
expectError(carts.open({ get: (name) => cookie[name]?.value }));

// bun-types 1: bun.d.ts, `request.cookies` of a route
declare const bun: {
  get(name: string): string | null;
  set(name: string, value: string, options?: Omit<SerializeOptions, "encode">): void;
  set(options: Omit<SerializeOptions, "encode"> & { name: string; value: string }): void;
};
expectType<Cart>(carts.open(bun));

// @types/express 5 and @types/cookie-parser
declare const req: { cookies: Record<string, string> };
declare const res: { cookie(name: string, value: string, options: SerializeOptions): object };
expectType<Cart>(
  carts.open({
    get: (name) => req.cookies[name],
    set: (name, value, { maxAge, ...attributes }) =>
      res.cookie(
        name,
        value,
        maxAge === undefined ? attributes : { ...attributes, maxAge: maxAge * 1000 },
      ),
  }),
);

// A jar of one's own needs all three.
declare const map: Map<string, string>;
expectError(carts.open(map));
expectError(
  carts.open({ get: (name) => map.get(name), set: (name, value) => map.set(name, value) }),
);
expectType<Cart>(carts.open({ get: (name) => map.get(name), set: (...cookie) => cookie }));
