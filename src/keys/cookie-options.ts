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

/**
 * The options as they may be written. Secrets that may be missing are let in, so that a sentence
 * refuses them and not the compiler, which would advise to allow them.
 */
export interface GivenCookieOptions extends Omit<CookieKeyOptions, "secrets"> {
  /** See {@link CookieKeyOptions.secrets}. */
  readonly secrets?: readonly (string | undefined)[] | undefined;
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
 * What browsers take for a path and a domain (RFC 6265 section 4.1.1, RFC 1123 section 2.1). They
 * limit the length of an attribute (RFC 6265bis section 5.6).
 */
const PATH = /^\/([\x20-\x3a\x3c-\x7e]{0,1022}[\x21-\x3a\x3c-\x7e])?$/;
const DOMAIN = /^(?=.{1,253}$)\.?([a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.(?!$)|$))+$/i;
/**
 * The length limit of a name: browsers take 4096 bytes of name and value together (RFC 6265bis
 * section 5.6), and a signed token has 87.
 */
const MAX_NAME = 4096 - 87;

/**
 * Returns the attributes of the cookie.
 *
 * @throws ConfigurationError if browsers would refuse such a cookie or misread it
 */
export function cookieAttributes(options: CookieKeyOptions, sessionName: string): NamedCookie {
  const { domain, partitioned, persistent, priority } = options;
  const { httpOnly = true, path = "/", sameSite = "lax", secure = true } = options;
  const isHostOnly = domain === undefined && path === "/";
  const defaultPrefix = secure ? (isHostOnly ? "__Host-" : "__Secure-") : "";
  const name: unknown = options.name ?? `${defaultPrefix}${sessionName}`;
  if (typeof name !== "string" || !TOKEN.test(name)) {
    refuse(
      "name",
      "must be made of letters, digits and !#$%&'*+-.^_`|~, if it is not given as that of the session",
    );
  }
  if (name.length > MAX_NAME) refuse("name", `must be at most ${MAX_NAME} characters long`);
  for (const [option, flag] of Object.entries({ secure, httpOnly, partitioned, persistent })) {
    if (flag !== undefined && typeof flag !== "boolean") refuse(option, "must be true or false");
  }
  // What browsers require of names with a prefix, in any case (RFC 6265bis section 5.7,
  // draft-layered-cookies).
  const [prefix = ""] = /^__(host-http|host|secure|http)-/i.exec(name) ?? [];
  if (prefix !== "" && !secure) refuse("name", `"${prefix}" needs "secure"`);
  if (/host/i.test(prefix) && !isHostOnly)
    refuse("name", `"${prefix}" needs the path "/" and no domain`);
  if (/http/i.test(prefix) && !httpOnly) refuse("name", `"${prefix}" needs "httpOnly"`);
  if (!isText(PATH, path))
    refuse(
      "path",
      'must begin with "/", hold no ";", not end with a space, and be at most 1024 characters of ASCII long',
    );
  if (domain !== undefined && !isText(DOMAIN, domain))
    refuse("domain", "must be the name of a host");
  if (!["strict", "lax", "none"].includes(sameSite))
    refuse("sameSite", 'must be "strict", "lax" or "none"');
  if (!["low", "medium", "high", undefined].includes(priority))
    refuse("priority", 'must be "low", "medium" or "high"');
  if (!secure && (sameSite === "none" || partitioned))
    refuse(partitioned ? "partitioned" : "sameSite", 'needs "secure"');
  return {
    name,
    path,
    sameSite,
    secure,
    httpOnly,
    ...(domain === undefined ? {} : { domain }),
    ...(partitioned === undefined ? {} : { partitioned }),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** Returns whether something is a text of this form. */
function isText(form: RegExp, thing: unknown): boolean {
  return typeof thing === "string" && form.test(thing);
}

/** Returns the attributes as they stand in a `Set-Cookie` line, without `Max-Age`. */
export function attributesText(attributes: CookieAttributes): string {
  const { domain, httpOnly, partitioned, path, priority, sameSite, secure } = attributes;
  const name = (word: string): string => `${word[0]?.toUpperCase()}${word.slice(1)}`;
  return [
    domain === undefined ? "" : `; Domain=${domain}`,
    `; Path=${path}`,
    httpOnly ? "; HttpOnly" : "",
    secure ? "; Secure" : "",
    partitioned ? "; Partitioned" : "",
    priority === undefined ? "" : `; Priority=${name(priority)}`,
    `; SameSite=${name(sameSite)}`,
  ].join("");
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
  const secrets: unknown[] = Array.isArray(options.secrets) ? [...options.secrets] : [];
  const isLong = (secret: unknown): secret is string =>
    typeof secret === "string" && new TextEncoder().encode(secret).length >= 32;
  if (secrets.length > 0 && secrets.every(isLong)) return secrets;
  return refuse(
    "secrets",
    "must be a list of one text or more, each of 32 bytes or more, or left out (is an environment variable missing?)",
  );
}

function refuse(option: string, why: string): never {
  throw new ConfigurationError(`cookieKey: "${option}" ${why}.`);
}
