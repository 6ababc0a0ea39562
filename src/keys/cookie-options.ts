import { stringifySetCookie } from "cookie";
import { ConfigurationError } from "../errors.ts";
import { refuseUnknownOptions } from "../util/known-options.ts";
import { checkTrustedOrigins } from "./cross-origin.ts";
import type { CookieAttributes } from "./key-source.ts";

/** Options of {@link cookieKey}. Every default is safe. */
export interface CookieKeyOptions {
  /**
   * The cookie's name. Default: `__Host-` and the definition's name. The prefix makes browsers keep
   * other hosts from setting the cookie. With a `domain` or `path` the prefix is `__Secure-`; with
   * `secure: false` there is none.
   */
  readonly name?: string | undefined;
  /**
   * Secrets that sign the cookie, each of 32 bytes or more. The first one signs, all of them
   * verify. To change the secret, put the new one in front. Remove the old one when its cookies
   * have expired: cookies that it signed are then refused.
   *
   * Without secrets the cookie is a random token of 258 bits, which nobody can guess. With secrets,
   * a forged cookie is refused without a driver call.
   */
  readonly secrets?: readonly string[];
  /** The path to which the browser sends the cookie, and all paths below it. Default `"/"`. */
  readonly path?: string | undefined;
  /** Sends the cookie to all hosts under this domain. Default: only to the host that set it. */
  readonly domain?: string | undefined;
  /**
   * Whether requests that other sites cause carry the cookie: `"strict"` never, `"lax"` when they
   * open a page, `"none"` always. Default `"lax"`. In all three cases, requests from other origins
   * that may change something have no session; see `crossOrigin`.
   */
  readonly sameSite?: "strict" | "lax" | "none" | undefined;
  /**
   * Whether the browser sends the cookie over HTTPS only. Default `true`. Use `false` only for
   * development over plain HTTP on your own machine.
   */
  readonly secure?: boolean | undefined;
  /** Whether the cookie is hidden from scripts in the page. Default `true`. */
  readonly httpOnly?: boolean | undefined;
  /**
   * Whether an embedded page gets a separate cookie for each site that embeds it (CHIPS). Default
   * `false`.
   */
  readonly partitioned?: boolean | undefined;
  /**
   * Which cookies a browser drops first when it has too many. Default: the attribute is not sent.
   */
  readonly priority?: "low" | "medium" | "high" | undefined;
  /**
   * Whether the cookie survives when the browser is closed. Default: it does if the definition has
   * a `lifetime`, for what is left of it. `true` without a lifetime means 400 days, the most that
   * browsers allow.
   */
  readonly persistent?: boolean | undefined;
  /**
   * Other origins whose pages may send requests that change something, such as a page on a sibling
   * host or a single sign-on that posts back to you. Write each exactly as browsers send it:
   * `"https://app.example"`. Default: none.
   */
  readonly trustedOrigins?: readonly string[] | undefined;
  /**
   * What to do with an unsafe request from another origin. Unsafe is a method other than GET, HEAD
   * and OPTIONS, or a WebSocket upgrade. With `"refuse"`, the request has no session, and a write
   * rejects with `CrossOriginError`. With `"allow"`, your program has to protect itself. Default
   * `"refuse"`.
   */
  readonly crossOrigin?: "refuse" | "allow" | undefined;
}

/** Every option. JavaScript programs get no other check of misspelt ones. */
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

/** A cookie's name and attributes, checked. */
export type NamedCookie = CookieAttributes & { readonly name: string };

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * The length limits of browsers for an attribute value, and for name and value together (RFC
 * 6265bis section 5.6).
 */
const MAX_ATTRIBUTE = 1024;
const MAX_PAIR = 4096;
/** The length of a signed token. */
const VALUE_LENGTH = 87;

/**
 * Returns the attributes of the cookie.
 *
 * @throws ConfigurationError if browsers would refuse such a cookie or misread it
 */
export function cookieAttributes(options: CookieKeyOptions, sessionName: string): NamedCookie {
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
  const attributes: NamedCookie = {
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

/** @throws ConfigurationError if the options are no object, or one of them does not exist */
export function checkOptions(options: CookieKeyOptions): void {
  refuseUnknownOptions("cookieKey", options, Object.keys(OPTIONS));
}

/** Returns the origins that may send unsafe requests, or `undefined` if all may. */
export function checkCrossOrigin(options: CookieKeyOptions): ReadonlySet<string> | undefined {
  const { crossOrigin = "refuse", trustedOrigins } = options;
  if (crossOrigin === "refuse") return checkTrustedOrigins(trustedOrigins ?? []);
  if (crossOrigin !== "allow") refuse("crossOrigin", 'must be "refuse" or "allow"');
  if (trustedOrigins !== undefined)
    refuse("trustedOrigins", 'has no effect with crossOrigin: "allow". Leave one of them out');
  return undefined;
}

/**
 * Returns a copy of the secrets, or `undefined` if the option is missing.
 *
 * @throws ConfigurationError if the list is empty or a secret is too short (ASVS 11.2.3)
 */
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

/**
 * Checks what browsers require of names with a prefix, in any case (RFC 6265bis section 5.7,
 * draft-layered-cookies).
 */
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
