import { parseCookie, stringifySetCookie } from "cookie";
import type { CookieJar, JarCookieAttributes } from "zession";

/** A jar of one request, and what its response says so far. */
export interface Exchange {
  readonly jar: CookieJar;
  /** The `Set-Cookie` lines. */
  readonly lines: readonly string[];
  /** Lets the head of the response leave, where the framework knows of that moment. */
  readonly leave?: () => void;
}

/** Values are encoded on their way out, and decoded on their way in. */
const encode = (name: string, text: string, attributes: object): string =>
  stringifySetCookie({ name, value: text, ...attributes }, { encode: encodeURIComponent });
const decode = (header: string): Partial<Record<string, string>> =>
  parseCookie(header, { decode: decodeURIComponent });

/** The lines of a response that has one for each cookie: the last. */
class Lines {
  readonly #byName = new Map<string, string>();
  put(name: string, text: string, attributes: object): void {
    this.#byName.delete(name);
    this.#byName.set(name, encode(name, text, attributes));
  }
  get all(): readonly string[] {
    return [...this.#byName.values()];
  }
}

/**
 * `await cookies()` of Next.js 16 in server actions and route handlers: `RequestCookies` and
 * `ResponseCookies` of `next/dist/compiled/@edge-runtime/cookies`. Objects with a name; methods
 * that need their `this`.
 */
class NextCookies {
  readonly #cookies: Map<string, { name: string; value: string }>;
  readonly #lines = new Lines();
  constructor(header: string) {
    const values = Object.entries(decode(header));
    this.#cookies = new Map(values.map(([name, value = ""]) => [name, { name, value }]));
  }
  get(name: string): { name: string; value: string } | undefined {
    return this.#cookies.get(name);
  }
  set(name: string, value: string, cookie: Partial<JarCookieAttributes> = {}): this {
    // It adds `Expires` wherever there is a `Max-Age` above zero.
    const { maxAge } = cookie;
    const expires = maxAge ? { expires: new Date(Date.now() + maxAge * 1000) } : {};
    this.#cookies.set(name, { name, value });
    this.#lines.put(name, value, { ...cookie, ...expires });
    return this;
  }
  get lines(): readonly string[] {
    return this.#lines.all;
  }
}

/**
 * `Astro.cookies` of Astro 7 in development: `astro/dist/core/cookies/cookies.js`. What was built
 * does not throw where it is too late; it writes to its log.
 */
class AstroCookies {
  readonly #requested: Partial<Record<string, string>>;
  readonly #set = new Map<string, string>();
  readonly #lines = new Lines();
  hasLeft = false;
  constructor(header: string) {
    this.#requested = decode(header);
  }
  get(key: string): AstroCookie | undefined {
    const set = this.#set.get(key);
    if (set !== undefined) return new AstroCookie(set);
    // An empty value is none.
    return this.#requested[key] ? new AstroCookie(this.#requested[key]) : undefined;
  }
  set(key: string, value: string | object, options: object = {}): void {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    this.#set.set(key, text);
    if (this.hasLeft) throw new Error("The response has already been sent to the browser");
    this.#lines.put(key, text, options);
  }
  get lines(): readonly string[] {
    return this.#lines.all;
  }
}

class AstroCookie {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
  json(): unknown {
    return JSON.parse(this.value);
  }
  number(): number {
    return Number(this.value);
  }
  boolean(): boolean {
    return this.value !== "false" && this.value !== "0" && Boolean(this.value);
  }
}

/**
 * `event.cookies` of SvelteKit: `@sveltejs/kit/src/runtime/server/cookie.js`. Version 2 wants a
 * path; both throw once the response was made.
 */
function svelteKit(header: string): Exchange {
  const requested = decode(header);
  const set = new Map<string, string | undefined>();
  const lines = new Lines();
  let hasLeft = false;
  return {
    leave: () => (hasLeft = true),
    jar: {
      get: (name) => (set.has(name) ? set.get(name) : requested[name]),
      set(name, text, attributes) {
        if (hasLeft) throw new Error("Cannot use `cookies.set(...)` after the response");
        if (attributes.path === undefined) throw new Error("You must specify a `path`");
        const defaults = { httpOnly: true, sameSite: "lax", secure: true };
        lines.put(name, text, { ...defaults, ...Object.freeze(attributes) });
        set.set(name, attributes.maxAge === 0 ? undefined : text);
      },
    },
    get lines() {
      return lines.all;
    },
  };
}

/**
 * `getCookie` and `setCookie` of h3 1 (Nuxt), for its event; those of `@tanstack/react-start/server`
 * are the same without an event. They read the request's header alone: what was set is not there.
 */
function h3(header: string): Exchange {
  const event = { requested: decode(header), lines: new Lines() };
  const getCookie = (from: typeof event, name: string) => from.requested[name];
  const setCookie = (on: typeof event, name: string, text: string, options?: object) =>
    on.lines.put(name, text, { path: "/", ...options });
  return {
    jar: {
      get: (name) => getCookie(event, name),
      set: (name, text, attributes) => setCookie(event, name, text, attributes),
    },
    get lines() {
      return event.lines.all;
    },
  };
}

/** The reactive `cookie` of Elysia 1: `elysia/dist/cookies.mjs`. Any name is there. */
class ElysiaCookie {
  readonly #name: string;
  readonly #store: Map<string, { value?: unknown }>;
  constructor(name: string, store: Map<string, { value?: unknown }>) {
    this.#name = name;
    this.#store = store;
  }
  get value(): unknown {
    return this.#store.get(this.#name)?.value;
  }
  set(config: { value: unknown }): this {
    this.#store.set(this.#name, { ...config });
    return this;
  }
}

function elysia(header: string): Exchange {
  const store = new Map<string, { value?: unknown }>();
  for (const [name, value] of Object.entries(decode(header))) store.set(name, { value });
  const requested = new Map(store);
  const cookie = new Proxy({} as Record<string, ElysiaCookie>, {
    get: (_, name) => new ElysiaCookie(String(name), store),
  });
  return {
    jar: {
      get: (name) => cookie[name]?.value as string | undefined,
      set: (name, value, attributes) => cookie[name]?.set({ value, ...attributes }),
    },
    // It writes the head when the handler has returned.
    get lines() {
      const changed = [...store].filter(([name, it]) => requested.get(name) !== it);
      return changed.map(([name, { value, ...others }]) => encode(name, String(value), others));
    },
  };
}

/**
 * cookie-parser's `req.cookies` and Express's `res.cookie`, which counts in milliseconds, and adds
 * a line for each call.
 */
function express(header: string): Exchange {
  const req = { cookies: decode(header) };
  const lines: string[] = [];
  const res = {
    cookie(name: string, text: string, options: Partial<JarCookieAttributes>) {
      const { maxAge, ...others } = options;
      const ends =
        maxAge === undefined
          ? {}
          : { maxAge: Math.floor(maxAge / 1000), expires: new Date(Date.now() + maxAge) };
      lines.push(encode(name, text, { path: "/", ...others, ...ends }));
    },
  };
  return {
    lines,
    jar: {
      get: (name) => req.cookies[name],
      set: (name, text, { maxAge, ...others }) =>
        res.cookie(
          name,
          text,
          maxAge === undefined ? others : { ...others, maxAge: maxAge * 1000 },
        ),
    },
  };
}

/**
 * Jars that are as strict as those of frameworks. `npm run test:frameworks` drives the frameworks
 * themselves.
 */
export const frameworkJars: Readonly<Record<string, (header: string) => Exchange>> = {
  "Next.js": (header) => {
    const jar = new NextCookies(header);
    return {
      jar,
      get lines() {
        return jar.lines;
      },
    };
  },
  Astro: (header) => {
    const jar = new AstroCookies(header);
    return {
      jar,
      leave: () => (jar.hasLeft = true),
      get lines() {
        return jar.lines;
      },
    };
  },
  SvelteKit: svelteKit,
  "h3 1, which is Nuxt's, and TanStack Start": h3,
  Elysia: elysia,
  "Express with cookie-parser": express,
};
