import { describe, expect, it } from "vitest";
import { ConfigurationError, type CookieKeyOptions, cookieKey } from "zession";

/** A token, well-formed: what a browser would send along. */
const COOKIE = `__Host-session=${"a".repeat(43)}`;

interface Sent {
  method?: string;
  /** `null`: no such header. */
  host?: string | null;
  url?: string;
  upgrade?: string;
  site?: string;
  origin?: string;
}

/** What a definition is told of a request to `example.com`. */
function read(sent: Sent, options?: CookieKeyOptions) {
  const { method = "POST", host = "example.com", url = "https://example.com/", ...rest } = sent;
  const names = { site: "sec-fetch-site", origin: "origin", upgrade: "upgrade" } as const;
  const headers = new Headers({ cookie: COOKIE, ...(host === null ? {} : { host }) });
  for (const [key, name] of Object.entries(names)) {
    const value = rest[key as keyof typeof names];
    if (value !== undefined) headers.set(name, value);
  }
  return cookieKey(options)
    .transport("session")
    .read({ method, url, headers } as Request);
}

const passes = (sent: Sent, options?: CookieKeyOptions) => {
  const { tokens, rejected } = read(sent, options);
  if (tokens.length === 1 && rejected.length === 0) return true;
  expect({ tokens, rejected }).toEqual({ tokens: [], rejected: ["cross-origin"] });
  return false;
};

describe("a request from another origin", () => {
  it.each<[string, Sent, boolean]>([
    // The table of Go's own tests.
    ["same-origin", { site: "same-origin" }, true],
    ["none, such as one typed into the address bar", { site: "none" }, true],
    ["cross-site", { site: "cross-site" }, false],
    ["same-site", { site: "same-site" }, false],
    ["neither header", {}, true],
    ["no Sec-Fetch-Site, a matching origin", { origin: "https://example.com" }, true],
    ["no Sec-Fetch-Site, another origin", { origin: "https://attacker.example" }, false],
    ["no Sec-Fetch-Site, a null origin", { origin: "null" }, false],
    ["GET", { method: "GET", site: "cross-site" }, true],
    ["HEAD", { method: "HEAD", site: "cross-site" }, true],
    ["OPTIONS", { method: "OPTIONS", site: "cross-site" }, true],
    ["PUT", { method: "PUT", site: "cross-site" }, false],
    // And more.
    ["PATCH", { method: "PATCH", site: "cross-site" }, false],
    ["DELETE", { method: "DELETE", site: "cross-site" }, false],
    ["QUERY", { method: "QUERY", site: "cross-site" }, false],
    ["a method in lower case, which is another", { method: "get", site: "cross-site" }, false],
    ["TRACE", { method: "TRACE", origin: "https://attacker.example" }, false],
    ["GET with another origin", { method: "GET", origin: "https://attacker.example" }, true],
    ["an unknown Sec-Fetch-Site", { site: "same-galaxy" }, false],
    ["two of Sec-Fetch-Site", { site: "same-origin, cross-site" }, false],
    ["an empty Sec-Fetch-Site", { site: "", origin: "https://attacker.example" }, false],
    [
      "same-origin, whatever the Origin",
      { site: "same-origin", origin: "https://proxy.example" },
      true,
    ],
    ["same-site, whatever the Origin", { site: "same-site", origin: "https://example.com" }, false],
  ])("has a session or not, by method and headers: %s (D7)", (_, sent, expected) => {
    expect(passes(sent)).toBe(expected);
  });

  it.each<[string, Sent, boolean]>([
    ["another scheme, as behind a proxy that ends TLS", { url: "http://example.com/" }, true],
    ["HTTP", { origin: "http://example.com" }, true],
    ["a default port in Host", { host: "example.com:443" }, true],
    ["HTTP's default port in Host", { origin: "http://example.com", host: "example.com:80" }, true],
    ["another port in Host", { host: "example.com:8443" }, false],
    ["another port in Origin", { origin: "https://example.com:8443" }, false],
    ["the same port", { origin: "https://example.com:8443", host: "example.com:8443" }, true],
    ["HTTP's port for HTTPS", { host: "example.com:80" }, false],
    ["capitals in Host", { host: "Example.COM" }, true],
    ["an IPv6 address", { origin: "http://[::1]:3000", host: "[::1]:3000" }, true],
    ["a subdomain", { origin: "https://a.example.com" }, false],
    ["the parent", { host: "a.example.com" }, false],
    ["a longer name", { origin: "https://example.com.attacker.example" }, false],
    ["a name in the user part", { origin: "https://example.com@attacker.example" }, false],
    ["a user part in front", { origin: "https://attacker.example@example.com" }, false],
    ["an app's scheme", { origin: "capacitor://example.com" }, false],
    ["an extension's scheme", { origin: "chrome-extension://example.com" }, false],
    ["a file", { origin: "file://" }, false],
    ["no URL", { origin: "example.com" }, false],
    ["two origins", { origin: "https://example.com, https://attacker.example" }, false],
    ["an invalid Host", { host: "example.com/" }, false],
    ["no Host, the URL's host", { host: null }, true],
    ["no Host, a URL with HTTP and a port", { host: null, url: "http://example.com:80/" }, true],
    ["no Host, another URL", { host: null, url: "https://internal/" }, false],
    ["an empty Host, the URL's host", { host: "" }, true],
    ["no Host, no host in the URL", { host: null, url: "/path" }, false],
    ["Host before the URL", { url: "http://10.0.0.7:8080/" }, true],
  ])("is told by Origin and Host where Sec-Fetch-Site is missing: %s (D7)", (_, sent, expected) => {
    expect(passes({ origin: "https://example.com", ...sent })).toBe(expected);
  });

  it.each(["websocket", "WebSocket", "h2c, websocket", "websocket/13"])(
    "cannot open a WebSocket with a session, though its method is GET: Upgrade: %s (D7)",
    (upgrade) => {
      const sent = { method: "GET", upgrade };
      expect(passes({ ...sent, origin: "https://attacker.example" })).toBe(false);
      expect(passes({ ...sent, site: "cross-site" })).toBe(false);
      expect(passes({ ...sent, origin: "https://example.com" })).toBe(true);
      expect(passes(sent)).toBe(true);
    },
  );

  it("may change protocol otherwise", () => {
    expect(passes({ method: "GET", upgrade: "h2c", site: "cross-site" })).toBe(true);
  });

  it.each<[string, Sent, boolean]>([
    ["without Sec-Fetch-Site", { origin: "https://trusted.example" }, true],
    ["with cross-site", { origin: "https://trusted.example", site: "cross-site" }, true],
    ["with same-site", { origin: "https://trusted.example", site: "same-site" }, true],
    ["an app", { origin: "capacitor://localhost", site: "cross-site" }, true],
    ["another, without Sec-Fetch-Site", { origin: "https://attacker.example" }, false],
    ["another, with cross-site", { origin: "https://attacker.example", site: "cross-site" }, false],
    ["with another scheme", { origin: "http://trusted.example", site: "cross-site" }, false],
    ["with another port", { origin: "https://trusted.example:8443" }, false],
    ["its subdomain", { origin: "https://a.trusted.example" }, false],
    ["no Origin at all", { site: "cross-site" }, false],
    ["null", { origin: "null", site: "cross-site" }, false],
    [
      "a WebSocket",
      { method: "GET", upgrade: "websocket", origin: "https://trusted.example" },
      true,
    ],
  ])("is let through if its origin is trusted, and only then: %s (D7)", (_, sent, expected) => {
    const trustedOrigins = ["https://trusted.example", "capacitor://localhost"];
    expect(passes(sent, { trustedOrigins })).toBe(expected);
  });

  it("is a request like any other with crossOrigin: allow, and refused by default (D7)", () => {
    const sent = { site: "cross-site", origin: "https://attacker.example" };
    expect(passes(sent, { crossOrigin: "allow" })).toBe(true);
    expect(passes(sent, { crossOrigin: "refuse" })).toBe(false);
    expect(passes(sent, {})).toBe(false);
  });

  it("is refused also where it has no cookie, so that nobody is signed in by another site (D7)", () => {
    const headers = new Headers({ "sec-fetch-site": "cross-site" });
    const request = new Request("https://example.com/", { method: "POST", headers });
    expect(cookieKey().transport("session").read(request)).toEqual({
      tokens: [],
      excess: [],
      rejected: ["cross-origin"],
    });
  });

  it("is not safe where it has no method", () => {
    const headers = (site: string) => new Headers({ cookie: COOKIE, "sec-fetch-site": site });
    const source = cookieKey<{ headers: Headers }>().transport("session");
    expect(source.read({ headers: headers("cross-site") }).rejected).toEqual(["cross-origin"]);
    expect(source.read({ headers: headers("same-origin") }).tokens).toHaveLength(1);
  });
});

describe("trustedOrigins", () => {
  it.each([
    "https://example.com",
    "https://example.com:8080",
    "http://example.com",
    "http://localhost:5173",
    "http://[::1]:3000",
    "https://xn--bcher-kva.example",
    "capacitor://localhost",
    "chrome-extension://abcdefghijklmnop",
  ])("takes %s", (origin) => {
    expect(() => cookieKey({ trustedOrigins: [origin] })).not.toThrow();
  });

  it.each<[string, unknown, string?]>([
    ["no scheme", "example.com"],
    ["no host", "https://"],
    ["a trailing slash", "https://example.com/", "https://example.com"],
    ["a path", "https://example.com/path", "https://example.com"],
    ["a query", "https://example.com?query=value", "https://example.com"],
    ["a fragment", "https://example.com#fragment", "https://example.com"],
    ["a user", "https://user@example.com", "https://example.com"],
    ["a blank", "https://ex ample.com"],
    ["nothing", ""],
    ["null", "null"],
    ["a wildcard", "*"],
    ["a wildcard for subdomains", "https://*.example.com"],
    ["a default port", "https://example.com:443", "https://example.com"],
    ["capitals", "https://Example.com", "https://example.com"],
    ["a name that is not encoded", "https://bücher.example", "https://xn--bcher-kva.example"],
    ["two in one text", "https://a.example,https://b.example"],
    ["a WebSocket's scheme", "wss://example.com", "https://example.com"],
    ["a file", "file://"],
    ["an app's page", "capacitor://localhost/"],
    ["a missing variable", undefined],
    ["an expression", /example/],
  ])("refuses what no browser sends: %s (B13)", (_, origin, suggestion) => {
    const create = () => cookieKey({ trustedOrigins: [origin as string] });
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow('"trustedOrigins" must hold origins');
    if (suggestion === undefined) expect(create).not.toThrow("Did you mean");
    else expect(create).toThrow(`Did you mean "${suggestion}"?`);
  });

  it.each<[string, object]>([
    ["a text for a list", { trustedOrigins: "https://example.com" }],
    ["an unknown policy", { crossOrigin: "ignore" }],
    ["a flag for a policy", { crossOrigin: true }],
    ["both", { crossOrigin: "allow", trustedOrigins: ["https://example.com"] }],
  ])("and crossOrigin fit together: refuses %s (B13)", (_, options) => {
    expect(() => cookieKey(options as CookieKeyOptions)).toThrow(ConfigurationError);
  });
});
