import { readFileSync } from "node:fs";
import { CookieJar } from "tough-cookie";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  ConfigurationError,
  type CookieKeyOptions,
  cookieKey,
  defineSession,
  type LifetimeOptions,
  memoryDriver,
  type SessionEvent,
  UsageError,
} from "zession";
import { z } from "zod";
import { CookieSigner } from "../../src/keys/cookie-signer.ts";
import { Browser, ORIGIN, tokenOf } from "../sessions/browser.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const NEW = "new secret, which is 32 bytes long";
const OLD = "old secret, which is 32 bytes long";

interface Site {
  options?: CookieKeyOptions;
  name?: string;
  lifetime?: LifetimeOptions | false;
  driver?: ReturnType<typeof memoryDriver>;
}

/** A site that counts visits: `/add` writes, `/logout` removes, everything else reads. */
function site({ options, name, lifetime, driver = memoryDriver() }: Site = {}) {
  const events: SessionEvent[] = [];
  const calls = { count: 0 };
  const read = driver.read.bind(driver);
  driver.read = (key) => {
    calls.count++;
    return read(key);
  };
  const visits = defineSession({
    ...(name === undefined ? {} : { name: name as "session" }),
    key: z.string(),
    value: z.number(),
    keyFn: cookieKey(options),
    driver,
    lifetime,
    onEvent: (event) => events.push(event),
  });
  const fetch = async (request: Request): Promise<Response> => {
    const session = await visits.fromRequest(request);
    const path = new URL(request.url).pathname;
    let count: number | undefined;
    if (path === "/add") count = await session.upsert(1, (n) => n + 1);
    else if (path === "/logout") await session.remove();
    else count = await session.find();
    return visits.finalize(new Response(`${count}`), request);
  };
  const get = (path: string, cookie?: string) =>
    fetch(new Request(ORIGIN + path, cookie === undefined ? {} : { headers: { cookie } }));
  return {
    fetch,
    get,
    driver,
    calls,
    events,
    reasons: () => events.map((it) => Reflect.get(it, "reason") ?? it.type),
  };
}

/** A request with a `Cookie` header that not every `Headers` would take. */
function raw(cookie: string): Request {
  const get = (name: string) => (name === "cookie" ? cookie : null);
  return { method: "GET", url: `${ORIGIN}/`, headers: { get } } as unknown as Request;
}

/** A `Cookie` header of so many different values of the name, none of which is anybody's. */
function tossed(count: number, end = ""): string {
  const values = Array.from({ length: count }, (_, i) => `${i}`.padStart(43, "x") + end);
  return values.map((it) => `__Host-session=${it}; `).join("");
}

/** The attributes of the one `Set-Cookie` of a first write. */
async function attributes(options?: CookieKeyOptions, lifetime?: Site["lifetime"]) {
  const response = await site({ ...(options && { options }), ...(lifetime && { lifetime }) }).get(
    "/add",
  );
  const [pair, ...rest] = (response.headers.get("set-cookie") ?? "").split("; ");
  return { name: pair?.split("=")[0], value: pair?.split("=")[1] ?? "", rest: rest.toSorted() };
}

describe("the cookie", () => {
  it("is safe by default: for this host, over HTTPS, out of reach of scripts, not for other sites' requests (S42)", async () => {
    const { name, value, rest } = await attributes();
    expect(name).toBe("__Host-session");
    expect(value).toMatch(/^[\w-]{43}$/);
    expect(rest).toEqual(["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
  });

  it("is named after the definition, so that several get along", async () => {
    const response = await site({ name: "cart" }).get("/add");
    expect(response.headers.get("set-cookie")).toMatch(/^__Host-cart=/);
  });

  it.each<[CookieKeyOptions, string, string[]]>([
    [{ path: "/shop" }, "__Secure-session", ["HttpOnly", "Path=/shop", "SameSite=Lax", "Secure"]],
    [
      { domain: "example.com" },
      "__Secure-session",
      ["Domain=example.com", "HttpOnly", "Path=/", "SameSite=Lax", "Secure"],
    ],
    [{ secure: false }, "session", ["HttpOnly", "Path=/", "SameSite=Lax"]],
    [{ name: "sid", httpOnly: false }, "sid", ["Path=/", "SameSite=Lax", "Secure"]],
    [
      { sameSite: "none", partitioned: true, priority: "high" },
      "__Host-session",
      ["HttpOnly", "Partitioned", "Path=/", "Priority=High", "SameSite=None", "Secure"],
    ],
    [{ sameSite: "strict" }, "__Host-session", ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]],
    [
      { name: "__Host-Http-sid" },
      "__Host-Http-sid",
      ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"],
    ],
  ])("has the attributes that the options say: %j", async (options, name, rest) => {
    expect(await attributes(options)).toMatchObject({ name, rest });
  });

  it.each<[string, object]>([
    ["a prefix with a domain", { name: "__host-x", domain: "example.com" }],
    ["a prefix with a path", { name: "__Host-x", path: "/a" }],
    ["a prefix without Secure", { name: "__SECURE-x", secure: false }],
    ["a prefix without Secure", { name: "__Host-x", secure: false }],
    ["a prefix without HttpOnly", { name: "__http-x", httpOnly: false }],
    ["a prefix without HttpOnly", { name: "__Host-Http-x", httpOnly: false }],
    ["SameSite=None without Secure", { sameSite: "none", secure: false }],
    ["Partitioned without Secure", { partitioned: true, secure: false }],
    ["a path that is none", { path: "shop" }],
    ["an unknown SameSite", { sameSite: "Lax; Domain=evil.example" }],
    ["an unknown priority", { priority: "highest" }],
    ["a flag that is none", { secure: "false" }],
    ["a flag that is none", { persistent: 1 }],
    ["an empty name", { name: "" }],
    ["a name too long for browsers", { name: "n".repeat(4096 - 87 + 1) }],
    ["a path with a space at its end", { path: "/a " }],
    ["a path too long for browsers", { path: `/${"p".repeat(1024)}` }],
    ["a path in a list", { path: ["/a"] }],
    ["a domain that is missing", { domain: null }],
    ["an empty domain", { domain: "" }],
    ["a domain that is none", { domain: "shop..example" }],
    ["a domain that is none", { domain: "-shop.example" }],
    ["a domain too long", { domain: `${"d".repeat(300)}.example` }],
  ])("is refused when it is set up, not at the first request: %s (S43, S49, B13)", (_, options) => {
    expect(() => cookieKey(options as CookieKeyOptions)).toThrow(ConfigurationError);
  });

  it.each<[unknown, string]>([
    [{ sercets: [NEW] }, 'there is no option "sercets". Did you mean "secrets"?'],
    [{ samesite: "strict" }, 'there is no option "samesite". Did you mean "sameSite"?'],
    [{ trustedOrigin: [] }, 'there is no option "trustedOrigin". Did you mean "trustedOrigins"?'],
    [{ secured: undefined }, 'there is no option "secured". Did you mean "secure"?'],
    [{ expires: 5 }, 'there is no option "expires". The options are: name, secrets, path,'],
    [null, "the options must be an object"],
    ["sid", "the options must be an object"],
  ])("has no other options, also in JavaScript: %j (B13)", (options, message) => {
    const create = () => cookieKey(options as CookieKeyOptions);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(message);
  });

  it("may be as long as browsers take (S49)", async () => {
    const options = { name: "n".repeat(4096 - 87), secrets: [NEW] };
    const [pair] = ((await site({ options }).get("/add")).headers.get("set-cookie") ?? "").split(
      "; ",
    );
    expect(pair?.length).toBe(4096 + 1);
    expect(() => cookieKey({ path: `/${"p".repeat(1023)}` })).not.toThrow();
  });

  it.each(["name", "domain", "path", "sameSite", "priority"])(
    "lets nothing in through %s (S44)",
    (option) => {
      const start = { path: "/a", domain: "example.com" }[option] ?? "a";
      for (const bad of [";", "\r", "\n", "\0", "\x7f", "é", "\u{1f4a9}", "; Secure", "\r\nX: y"]) {
        expect(() => cookieKey({ [option]: start + bad }), JSON.stringify(bad)).toThrow(
          ConfigurationError,
        );
      }
    },
  );

  it("needs a name of its own where the definition's is no cookie's", () => {
    const define = (keyFn: ReturnType<typeof cookieKey>) =>
      defineSession({ name: "größe", key: z.string(), value: z.number(), keyFn });
    expect(() => define(cookieKey())).toThrow(ConfigurationError);
    expect(() => define(cookieKey({ name: "__Host-size" }))).not.toThrow();
  });

  it("needs a key schema that takes what is issued (B13)", () => {
    expect(() =>
      defineSession({ key: z.string().max(10), value: z.number(), keyFn: cookieKey() }),
    ).toThrow('"key" does not accept what the key source issues');
  });

  it.each([
    [{}, true],
    [{ NODE_ENV: "development" }, true],
    [{ PLAIN_HTTP: "0" }, true],
    [{ PLAIN_HTTP: "1" }, false],
  ])(
    "is secure with the guide's lines for development, if the environment is %j (B13)",
    (env, secure) => {
      const guide = readFileSync(new URL("../../docs/cookies.md", import.meta.url), "utf8");
      const [, plainHttp] = /^const plainHttp = (.*);$/m.exec(guide) ?? [];
      const [, value] = /secure: (!plainHttp) }/.exec(guide) ?? [];
      const evaluate = new Function("process", `const plainHttp = ${plainHttp}; return ${value};`);
      expect(evaluate({ env })).toBe(secure);
    },
  );

  it("cannot be called for a key", () => {
    expect(() => cookieKey()(new Request(ORIGIN))).toThrow(UsageError);
  });

  it.each<[string, Site, string | undefined]>([
    ["no lifetime", {}, undefined],
    ["no lifetime, persistent", { options: { persistent: true } }, `${8 * 14 * 86_400}`],
    ["no limit, persistent", { options: { persistent: true }, lifetime: false }, "34560000"],
    ["an idle limit, eight times", { lifetime: { idle: 90_500 } }, "724"],
    ["an idle limit of 60 days", { lifetime: { idle: "60d" } }, "34560000"],
    ["both limits", { lifetime: { idle: 30_000, absolute: 60_000 } }, "60"],
    ["less than a second", { lifetime: { absolute: 900 } }, "1"],
    ["500 days", { lifetime: { absolute: 500 * 86_400_000 } }, "34560000"],
    [
      "a limit, not persistent",
      { options: { persistent: false }, lifetime: { idle: 90_000 } },
      undefined,
    ],
  ])(
    "has a Max-Age of whole seconds that follows the lifetime: %s (S33)",
    async (_, of, maxAge) => {
      const response = await site(of).get("/add");
      const found = /Max-Age=([^;]*)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
      // A millisecond may have passed since the write.
      expect(found === "89" ? "90" : found === "59" ? "60" : found).toBe(maxAge);
    },
  );

  it.each<CookieKeyOptions>([
    {},
    { secrets: [NEW] },
    { path: "/add" },
    { domain: "shop.example" },
    { name: "sid", httpOnly: false, sameSite: "none", partitioned: true, priority: "low" },
  ])(
    "is removed by its own name and attributes, and browsers obey both: %j (S22, B30)",
    async (options) => {
      const { fetch } = site({ options });
      const jar = new CookieJar(undefined, { prefixSecurity: "strict" });
      const url = `${ORIGIN}/add`;
      const set = (await fetch(new Request(url))).headers.get("set-cookie") ?? "";
      await jar.setCookie(set, url);
      const cookie = jar.getCookieStringSync(url);
      expect(cookie).not.toBe("");
      const headers = { cookie };
      const cleared =
        (await fetch(new Request(`${ORIGIN}/logout`, { headers }))).headers.get("set-cookie") ?? "";
      const strip = (text: string) => text.replace(/=[^;]*/, "=").replace("Max-Age=0; ", "");
      expect(strip(cleared)).toBe(strip(set));
      expect(cleared).toContain("Max-Age=0");
      await jar.setCookie(cleared, url);
      expect(jar.getCookieStringSync(url)).toBe("");
    },
  );
});

describe("finding the cookie", () => {
  /** A session with the count 1, and its cookie pair. */
  async function visited(of: Site = {}) {
    const shop = site(of);
    const browser = new Browser(shop.fetch);
    await browser.send("/add");
    shop.calls.count = 0;
    return { ...shop, pair: browser.cookie, value: browser.cookie.split("=")[1] ?? "" };
  }
  const find = async (shop: Awaited<ReturnType<typeof visited>>, cookie: string) =>
    (await shop.get("/", cookie)).text();

  it.each([
    ["alone", (pair: string) => pair],
    ["among others", (pair: string) => `a=1; ${pair}; b=2`],
    ["without blanks", (pair: string) => `a=1;${pair};b=2`],
    ["with tabs", (pair: string) => `a=1;\t ${pair}\t;b=2`],
    ["twice the same", (pair: string) => `${pair}; ${pair}`],
    ["behind garbage", (pair: string) => `session; ; =; a; ="; %%%; ${pair}`],
    ["beside a namesake", (pair: string) => `x__Host-session=1; ${pair}; __Host-session2=1`],
  ])("takes it %s (B12)", async (_, header) => {
    const shop = await visited();
    expect(await find(shop, header(shop.pair))).toBe("1");
  });

  it.each([
    "session;",
    "__Host-session",
    "__Host-session=",
    "__Host-session;=",
    "__Host-session==",
    "=__Host-session",
    ";;;",
    "\u0000",
    "__Host-session=%",
    "__Host-session=a; __Host-session=b",
  ])("takes nothing from %j, and does not throw (B12)", async (cookie) => {
    const shop = await visited();
    // Some of these no `Headers` would carry, but other requests might.
    expect(await (await shop.fetch(raw(cookie))).text()).toBe("undefined");
    expect(shop.calls.count).toBe(0);
  });

  it.each([
    (pair: string) => `\u00a0${pair}`,
    (pair: string) => `\u2000${pair}`,
    (pair: string) => `\ufeff${pair}`,
    (pair: string) => pair.replace("Host", "%48ost"),
    (pair: string) => pair.replace("__Host", "__host"),
    (pair: string) => `a="; ${pair.replace("=", "\u00a0=")}"`,
    (pair: string) => `a=1, ${pair}`,
  ])("is not fooled by a name that only looks like it (S45): %o", async (header) => {
    const shop = await visited();
    const cookie = header(shop.pair);
    expect(await (await shop.fetch(raw(cookie))).text()).toBe("undefined");
    expect(shop.calls.count).toBe(0);
  });

  it("takes it from one of several header lines (S47)", async () => {
    const shop = await visited();
    const headers = new Headers([
      ["cookie", "a=1"],
      ["cookie", shop.pair],
      ["cookie", "b=2"],
    ]);
    expect(await (await shop.fetch(new Request(ORIGIN, { headers }))).text()).toBe("1");
  });

  it.each(["A".repeat(43), "nonsense", ""])(
    "of two of its name takes the one that opens a session, in either order: %j (S46)",
    async (evil) => {
      const shop = await visited();
      expect(await find(shop, `__Host-session=${evil}; ${shop.pair}`)).toBe("1");
      expect(await find(shop, `${shop.pair}; __Host-session=${evil}`)).toBe("1");
    },
  );

  it("of two that open sessions takes neither, in either order, and tells (S46, S73)", async () => {
    const shop = await visited();
    const other = new Browser(shop.fetch);
    await other.send("/add");
    expect(await find(shop, `${other.cookie}; ${shop.pair}`)).toBe("undefined");
    expect(await find(shop, `${shop.pair}; ${other.cookie}`)).toBe("undefined");
    expect(shop.reasons().filter((it) => it === "ambiguous")).toHaveLength(2);
    // Signing out is meant for whichever it was.
    await shop.get("/logout", `${shop.pair}; ${other.cookie}`);
    expect([await find(shop, shop.pair), await find(shop, other.cookie)]).toEqual([
      "undefined",
      "undefined",
    ]);
  });

  it("looks up four different ones at most", async () => {
    const shop = await visited();
    expect(await find(shop, tossed(3) + shop.pair)).toBe("1");
    shop.calls.count = 0;
    expect(await find(shop, tossed(4) + shop.pair)).toBe("undefined");
    expect(shop.calls.count).toBe(0);
    expect(shop.reasons().at(-1)).toBe("malformed");
  });

  it("is not kept from the right one by any number that are not signed (S46)", async () => {
    const shop = await visited({ options: { secrets: [NEW] } });
    for (const evil of [tossed(20), tossed(20, `.${"A".repeat(43)}`), tossed(500, "!")]) {
      expect(await find(shop, evil + shop.pair)).toBe("1");
    }
  });

  it("hands on those that are too many to look up, so that signing out ends all of them (D4)", () => {
    const carrier = cookieKey().transport("session");
    const read = (count: number) => {
      const { tokens, excess, rejected } = carrier.read(raw(tossed(count)));
      return [tokens.length, excess.length, rejected];
    };
    expect(read(4)).toEqual([4, 0, []]);
    expect(read(5)).toEqual([0, 5, ["malformed"]]);
    expect(read(32)).toEqual([0, 32, ["malformed"]]);
    const { excess } = carrier.read(raw(tossed(5)));
    expect(excess.map((it) => `__Host-session=${it.token}; `).join("")).toBe(tossed(5));
  });

  it.each([2, 5, 32])(
    "of %i that open sessions leaves none after signing out (D4)",
    async (count) => {
      const shop = site();
      const pairs: string[] = [];
      for (let i = 0; i < count; i++) {
        const set = (await shop.get("/add")).headers.get("set-cookie") ?? "";
        pairs.push(set.split(";")[0] ?? "");
      }
      const response = await shop.get("/logout", pairs.join("; "));
      expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
      for (const pair of pairs) {
        expect(await (await shop.get("/", pair)).text()).toBe("undefined");
      }
    },
  );

  it("verifies 32 at most, however many a hostile neighbour has set", () => {
    const hmac = vi.spyOn(CookieSigner.prototype, "verify");
    const carrier = cookieKey({ secrets: [NEW] }).transport("session");
    const forged = raw(tossed(500, `.${"A".repeat(43)}`));
    expect(carrier.read(forged)).toEqual({
      tokens: [],
      excess: [],
      rejected: ["signature", "malformed"],
    });
    expect(hmac).toHaveBeenCalledTimes(32);
    expect(
      cookieKey()
        .transport("session")
        .read(raw(tossed(500))).excess,
    ).toHaveLength(32);
  });

  it("is the same from one definition however often it is asked, and an error from two of one name (B13)", async () => {
    const define = (name: string, cookie?: string) =>
      defineSession({
        name: name as "session",
        key: z.string(),
        value: z.number(),
        keyFn: cookieKey(cookie === undefined ? {} : { name: cookie }),
      });
    const one = define("one", "__Host-sid");
    const two = define("two", "__Host-sid");
    const three = define("three");
    const request = new Request(ORIGIN);
    await (await one.fromRequest(request)).insert(1);
    await (await three.fromRequest(request)).insert(1);
    const second = await two.fromRequest(request);
    await expect(second.insert(1)).rejects.toThrow(UsageError);
    await expect(second.find()).rejects.toThrow('use the cookie "__Host-sid"');
    expect(await (await one.fromRequest(request)).find()).toBe(1);
    expect(await (await two.fromRequest(new Request(ORIGIN))).find()).toBeUndefined();
  });
});

describe("signing", () => {
  const signed = (secrets: readonly string[], driver = memoryDriver()) =>
    site({ options: { secrets }, driver });

  it("adds a signature to the token", async () => {
    const response = await signed([NEW]).get("/add");
    expect(response.headers.get("set-cookie")).toMatch(/^__Host-session=[\w-]{43}\.[\w-]{43};/);
  });

  it("refuses a wrong signature without a driver call, starts afresh and tells (B10, S73, S54)", async () => {
    const shop = signed([NEW]);
    const browser = new Browser(shop.fetch);
    await browser.send("/add");
    const { cookie } = browser;
    const token = tokenOf(cookie);
    shop.calls.count = 0;
    const last = cookie.at(-1) === "A" ? "B" : "A";
    const forged = [
      cookie.slice(0, -1) + last,
      `__Host-session=${token}`,
      `__Host-session=${token}.`,
      `__Host-session=${token}.${"A".repeat(43)}`,
      `__Host-session=${"A".repeat(43)}.${cookie.split(".")[1]}`,
      `${cookie}x`,
      cookie.replace(".", ""),
    ];
    for (const it of forged) {
      expect(await (await shop.get("/", it)).text()).toBe("undefined");
    }
    expect(shop.calls.count).toBe(0);
    expect(shop.reasons().slice(1)).toEqual([
      "signature",
      "signature",
      "malformed",
      "signature",
      "signature",
      "malformed",
      "malformed",
    ]);
    const response = await shop.get("/add", forged[0]);
    expect(await response.text()).toBe("1");
    expect(tokenOf(response.headers.get("set-cookie"))).not.toBe(token);
    expect(await (await shop.get("/", cookie)).text()).toBe("1");
  });

  it("reads with every secret, signs with the first and sends old cookies anew (B40, S56)", async () => {
    const driver = memoryDriver();
    const before = signed([OLD], driver);
    const between = signed([NEW, OLD], driver);
    const after = signed([NEW], driver);
    const browser = new Browser(before.fetch);
    await browser.send("/add");
    const old = browser.cookie;

    const response = await between.get("/", old);
    expect(await response.text()).toBe("1");
    const renewed = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    expect(tokenOf(renewed)).toBe(tokenOf(old));
    expect(renewed).not.toBe(old);
    expect((await between.get("/", renewed)).headers.getSetCookie()).toEqual([]);

    expect(await (await after.get("/", renewed)).text()).toBe("1");
    expect(await (await after.get("/", old)).text()).toBe("undefined");
    expect(await (await before.get("/", renewed)).text()).toBe("undefined");
  });

  it("does not sign a cookie of a session that there is not", async () => {
    const driver = memoryDriver();
    const browser = new Browser(signed([OLD], driver).fetch);
    await browser.send("/add");
    const old = browser.cookie;
    await signed([OLD], driver).get("/logout", old);
    expect((await signed([NEW, OLD], driver).get("/", old)).headers.getSetCookie()).toEqual([]);
  });

  it("holds for one cookie only", async () => {
    const driver = memoryDriver();
    const one = site({ options: { secrets: [NEW], name: "one" }, driver });
    const two = site({ options: { secrets: [NEW], name: "two" }, driver });
    const browser = new Browser(one.fetch);
    await browser.send("/add");
    const pasted = browser.cookie.replace("one=", "two=");
    expect(await (await two.get("/", pasted)).text()).toBe("undefined");
    expect(two.reasons()).toEqual(["signature"]);
  });

  it.each<[string, unknown]>([
    ["none", []],
    ["an environment variable that is missing", undefined],
    ["one that is missing among others", [NEW, undefined]],
    ["one that is empty", [""]],
    ["one of 16 bytes", ["x".repeat(16)]],
    ["one of 31 bytes", ["x".repeat(31)]],
    ["an old one too short", [NEW, "x".repeat(31)]],
    ["a text", NEW],
  ])("refuses secrets that protect nothing when it is set up: %s (S57, B13)", (_, secrets) => {
    const define = () => cookieKey({ secrets } as CookieKeyOptions);
    expect(define).toThrow(ConfigurationError);
    expect(define).toThrow(
      /32 bytes or more, or left out \(is an environment variable missing\?\)\.$/,
    );
    // Not even the refusal shows one.
    expect(define).not.toThrow(/xxxx|secret, which/);
  });

  it("measures secrets in bytes", () => {
    expect(() => cookieKey({ secrets: ["ü".repeat(16)] })).not.toThrow();
  });

  it("takes a copy of the secrets", async () => {
    const secrets = [NEW];
    const shop = signed(secrets);
    secrets[0] = OLD;
    const browser = new Browser(shop.fetch);
    await browser.send("/add");
    expect(await (await signed([NEW], shop.driver).get("/", browser.cookie)).text()).toBe("1");
  });
});
