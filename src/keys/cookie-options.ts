import { type SetCookie, stringifySetCookie } from "cookie";
import { ConfigurationError } from "../errors.ts";
import { refuseUnknownOptions } from "../util/known-options.ts";
import { checkTrustedOrigins } from "./cross-origin.ts";

/** What {@link cookieKey} may be told. Everything has a default that is safe. */
export interface CookieKeyOptions {
  /**
   * The cookie's name. Default: the definition's name behind `__Host-`, by which browsers keep other hosts from setting it;
   * behind `__Secure-` where `domain` or `path` rule that out; plain with `secure: false`.
   */
  readonly name?: string | undefined;
  /**
   * Secrets to sign the cookie with, each of 32 bytes or more: the first signs, all verify. To change the secret, put the
   * new one in front; take the old one away when its cookies have gone. Cookies that it signed are then refused.
   *
   * Without secrets the cookie is a random token of 258 bits, which nobody can guess. Signing lets made-up ones be refused
   * without asking the store.
   */
  readonly secrets?: readonly string[];
  /** Which paths the browser sends it to. Default `"/"`. */
  readonly path?: string | undefined;
  /** Lets all hosts under this domain have the cookie. Default: only the host that set it. */
  readonly domain?: string | undefined;
  /**
   * Whether other sites' requests carry it: `"strict"` never, `"lax"` when they lead to a page, `"none"` always. Default
   * `"lax"`. Whatever it is, requests from other origins that may change something have no session: see `crossOrigin`.
   */
  readonly sameSite?: "strict" | "lax" | "none" | undefined;
  /**
   * Whether the browser sends it over HTTPS only. Default `true`. `false` is for development over plain HTTP: never use it
   * where a network lies between.
   */
  readonly secure?: boolean | undefined;
  /** Whether scripts in the page cannot read it. Default `true`. */
  readonly httpOnly?: boolean | undefined;
  /** Whether an embedded page gets a cookie jar for each site that embeds it (CHIPS). Default `false`. */
  readonly partitioned?: boolean | undefined;
  /** Which cookies a full browser drops first. Default: not said. */
  readonly priority?: "low" | "medium" | "high" | undefined;
  /**
   * Whether the browser keeps it when it is closed. Default: if the definition has a `lifetime`, for what is left of that.
   * `true` without a lifetime: 400 days, the longest that browsers keep any.
   */
  readonly persistent?: boolean | undefined;
  /**
   * Other origins whose pages may send requests that change something: a page on a sibling host, or a single sign-on that
   * posts back to you. Each exactly as browsers send it: `"https://app.example"`. Default: none.
   */
  readonly trustedOrigins?: readonly string[] | undefined;
  /**
   * What to do with a request from another origin that is not safe: a method other than GET, HEAD and OPTIONS, or a
   * WebSocket upgrade. `"refuse"`: it has no session, and a write rejects with `CrossOriginError`. `"allow"`: it is a
   * request like any other, and your program has to protect itself. Default `"refuse"`.
   */
  readonly crossOrigin?: "refuse" | "allow" | undefined;
}

/** Every option, for JavaScript, where nothing else refuses a misspelt one. */
const OPTIONS = {
  name: true,
  secrets: true,
  path: true,
  domain: true,
  sameSite: true,
  secure: true,
  httpOnly: true,
  partitioned: true,
  priority: true,
  persistent: true,
  trustedOrigins: true,
  crossOrigin: true,
} satisfies Record<keyof CookieKeyOptions, true>;

/** The attributes of a cookie, checked. */
export type CookieAttributes = Omit<SetCookie, "value" | "maxAge" | "expires">;

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** The longest attribute value and the longest name and value together that browsers take (RFC 6265bis section 5.6). */
const MAX_ATTRIBUTE = 1024;
const MAX_PAIR = 4096;
/** A signed token. */
const VALUE_LENGTH = 87;

/** @throws ConfigurationError if browsers would refuse such a cookie, or take it for something else */
export function cookieAttributes(options: CookieKeyOptions, sessionName: string): CookieAttributes {
  const { domain, partitioned, priority, path = "/", sameSite = "lax" } = options;
  const { secure = true, httpOnly = true } = options;
  const flags = { secure, httpOnly, partitioned, persistent: options.persistent };
  for (const [option, flag] of Object.entries(flags)) {
    if (flag !== undefined && typeof flag !== "boolean") refuse(option, "must be true or false");
  }
  const prefix = !secure ? "" : domain === undefined && path === "/" ? "__Host-" : "__Secure-";
  const name = options.name ?? `${prefix}${sessionName}`;
  checkName(name);
  if (typeof path !== "string" || !path.startsWith("/") || path.length > MAX_ATTRIBUTE)
    refuse("path", 'must begin with "/" and be at most 1024 characters long');
  if (domain !== undefined && (typeof domain !== "string" || domain.length > 253))
    refuse("domain", "must be the name of a host");
  if (sameSite === "none" && !secure) refuse("sameSite", 'cannot be "none" without "secure"');
  if (partitioned && !secure) refuse("partitioned", 'needs "secure"');
  checkPrefix(name, { secure, httpOnly, path, domain });
  if (!["strict", "lax", "none"].includes(sameSite))
    refuse("sameSite", 'must be "strict", "lax" or "none"');
  const attributes: CookieAttributes = {
    name,
    path,
    sameSite,
    secure,
    httpOnly,
    ...(domain === undefined ? {} : { domain }),
    ...(partitioned === undefined ? {} : { partitioned }),
    ...(priority === undefined ? {} : { priority }),
  };
  try {
    stringifySetCookie({ ...attributes, value: "" });
  } catch (cause) {
    throw new ConfigurationError(
      "cookieKey: an attribute holds what no cookie can; see the cause.",
      {
        cause,
      },
    );
  }
  return attributes;
}

/** @throws ConfigurationError for what is no object, or has an option that does not exist */
export function checkOptions(options: CookieKeyOptions): void {
  refuseUnknownOptions("cookieKey", options, Object.keys(OPTIONS));
}

/** Returns the origins that may send what is not safe, or `undefined` if all may. */
export function checkCrossOrigin(options: CookieKeyOptions): ReadonlySet<string> | undefined {
  const { crossOrigin = "refuse", trustedOrigins } = options;
  if (crossOrigin === "refuse") return checkTrustedOrigins(trustedOrigins ?? []);
  if (crossOrigin !== "allow") refuse("crossOrigin", 'must be "refuse" or "allow"');
  if (trustedOrigins !== undefined)
    refuse("trustedOrigins", 'has no effect with crossOrigin: "allow". Leave one of them out');
  return undefined;
}

/** @throws ConfigurationError unless there are secrets and all of them are long enough (ASVS 11.2.3) */
export function checkSecrets(options: CookieKeyOptions): readonly string[] | undefined {
  if (!("secrets" in options)) return undefined;
  const secrets: unknown = options.secrets;
  if (!Array.isArray(secrets) || secrets.length === 0) {
    refuse(
      "secrets",
      "must be a list of at least one text, or left out. Is an environment variable missing?",
    );
  }
  for (const secret of secrets) {
    if (typeof secret !== "string" || new TextEncoder().encode(secret).length < 32)
      refuse(
        "secrets",
        "must be texts of 32 bytes or more each. Is an environment variable missing?",
      );
  }
  return [...secrets];
}

function checkName(name: unknown): void {
  if (typeof name !== "string" || !TOKEN.test(name)) {
    refuse(
      "name",
      "must be made of letters, digits and !#$%&'*+-.^_`|~, if it is not given as that of the session",
    );
  }
  if (name.length + VALUE_LENGTH > MAX_PAIR)
    refuse("name", `must be at most ${MAX_PAIR - VALUE_LENGTH} characters long`);
}

/** What browsers demand of names with a prefix, in whatever case (RFC 6265bis section 5.7, draft-layered-cookies). */
function checkPrefix(
  name: string,
  {
    secure,
    httpOnly,
    path,
    domain,
  }: { secure: boolean; httpOnly: boolean; path: string; domain: string | undefined },
): void {
  const [prefix] = /^__(host-http|host|secure|http)-/i.exec(name) ?? [];
  if (prefix === undefined) return;
  if (!secure) refuse("name", `"${prefix}" needs "secure"`);
  if (/host/i.test(prefix) && (path !== "/" || domain !== undefined))
    refuse("name", `"${prefix}" needs the path "/" and no domain`);
  if (/http/i.test(prefix) && !httpOnly) refuse("name", `"${prefix}" needs "httpOnly"`);
}

function refuse(option: string, why: string): never {
  throw new ConfigurationError(`cookieKey: "${option}" ${why}.`);
}
