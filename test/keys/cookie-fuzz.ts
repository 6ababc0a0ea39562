import fc from "fast-check";
import { cookieKey, defineSession, memoryDriver } from "zession";
import { z } from "zod";
import { tokenOf } from "../sessions/browser.ts";

const SECRETS = ["a secret that is 32 bytes long, or more"];

/** What a fuzz run has to know of one way to set cookies up. */
interface Target {
  /** The cookie's name. */
  readonly name: string;
  /** The cookie's value of the one session that there is, whose value is 42. */
  readonly value: string;
  /** What a request with this `Cookie` header finds, and which driver keys are read for it. */
  readonly find: (header: string) => Promise<{ found: number | undefined; keys: string[] }>;
}

async function target(secrets: readonly string[] | undefined): Promise<Target> {
  const driver = memoryDriver();
  const keys: string[] = [];
  const { read } = driver;
  driver.read = (key) => {
    keys.push(key);
    return read.call(driver, key);
  };
  const definition = defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: cookieKey(secrets === undefined ? {} : { secrets }),
    driver,
  });
  // Not every header that a socket can bring fits a `Headers`: the source asks for no more than
  // this.
  const request = (header: string | null) =>
    ({
      method: "GET",
      headers: { get: (name: string) => (name === "cookie" ? header : null) },
    }) as unknown as Request;
  const first = request(null);
  await (await definition.fromRequest(first)).insert(42);
  const cookie = definition.finalize(new Response(), first).headers.get("set-cookie") ?? "";
  const [pair = ""] = cookie.split(";");
  return {
    name: pair.slice(0, pair.indexOf("=")),
    value: pair.slice(pair.indexOf("=") + 1),
    find: async (header) => {
      keys.length = 0;
      const found = await (await definition.fromRequest(request(header))).find();
      return { found, keys: [...keys] };
    },
  };
}

/**
 * Text such as an attacker may put in a header: any characters, and many of those that mean
 * something there.
 */
const noise = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...'=;, \t"\\%\0\r\n\u00a0\u2000.-_aZ09'),
    maxLength: 60,
  }),
);

function headers({ name, value }: Target): fc.Arbitrary<string> {
  const token = tokenOf(`=${value}`);
  const names = fc.oneof(
    { weight: 6, arbitrary: fc.constant(name) },
    fc.constantFrom(name.toLowerCase(), ` ${name}`, `\u00a0${name}`, `${name}2`, name.slice(2)),
    noise,
  );
  const values = fc.oneof(
    fc.constantFrom(
      value,
      token,
      `"${value}"`,
      `${value} `,
      value.slice(1),
      `${value}.${value}`,
      "",
    ),
    fc.string({ unit: fc.constantFrom(..."aZ09-_"), minLength: 43, maxLength: 43 }),
    // The right value with one character changed.
    fc
      .tuple(fc.nat(value.length - 1), fc.constantFrom(..."aZ09-_.=%"))
      .map(([at, it]) => value.slice(0, at) + it + value.slice(at + 1)),
    noise,
  );
  const pair = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(names, values).map(([n, v]) => `${n}=${v}`) },
    noise,
  );
  return fc
    .array(fc.tuple(pair, fc.constantFrom("; ", ";", ";;", " ; ", ", ", ",", "\t;\t", "")), {
      maxLength: 6,
    })
    .map((pairs) => pairs.flat().join(""));
}

/**
 * Sends random `Cookie` headers to a site with one session. However they look, nothing throws,
 * nothing but a well-formed (and well-signed) token reaches the driver, and the session opens to
 * nobody whose header does not hold its whole value.
 *
 * @returns how many headers were sent, how many opened the session, and how many asked the driver
 */
export async function fuzzCookies(
  numRuns: number,
  seed?: number,
): Promise<{ sent: number; opened: number; asked: number }> {
  const totals = { sent: 0, opened: 0, asked: 0 };
  for (const secrets of [undefined, SECRETS]) {
    const site = await target(secrets);
    await fc.assert(
      fc.asyncProperty(headers(site), async (header) => {
        const { found, keys } = await site.find(header);
        totals.sent++;
        if (found !== undefined) totals.opened++;
        if (keys.length > 0) totals.asked++;
        if (found !== undefined && !(found === 42 && header.includes(site.value))) return false;
        if (secrets !== undefined && keys.length > 0 && !header.includes(site.value)) return false;
        const wellFormed = header.match(/(?<![\w-])[\w-]{43}(?![\w-])/g) ?? [];
        return (
          keys.every((key) => /^session:[\w-]{43}$/.test(key)) &&
          keys.length <= 2 * wellFormed.length
        );
      }),
      { numRuns: Math.ceil(numRuns / 2), ...(seed === undefined ? {} : { seed }) },
    );
  }
  return totals;
}
