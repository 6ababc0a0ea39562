/** A program of one line, and what the compiler has to say about it if it is wrong. */
export interface Program {
  readonly code: string;
  /** A part of what the compiler says. `""`: anything. `undefined`: the program is right. */
  readonly complaint?: string;
}

/** What the programs share: the first lines of their module. */
export const HEAD = `import { type } from "arktype"; import * as v from "valibot"; import { z } from "zod"; import * as zm from "zod/mini";
import { cookieKey, defineSession } from "zession";
const key = z.string(); const keyFn = () => "a"; const value = z.number(); const fn = z.custom<() => void>(); class User { name = ""; greet() {} }
`;

/** Shapes of values: a schema, a value that fits, one of the wrong type, one with a field too many. */
const shapes: readonly (readonly [schema: string, good: string, bad: string, extra?: string])[] = [
  ["z.number()", "1", "'1'"],
  ["z.string()", "'a'", "1"],
  ["z.boolean()", "true", "'true'"],
  // A literal of an async function is text to TypeScript, without `as const`.
  ["z.enum(['dark', 'light'])", "'dark' as const", "'blue'"],
  ["z.date()", "new Date()", "'today'"],
  ["z.bigint()", "1n", "1"],
  ["z.tuple([z.string(), z.number()])", "['a', 1]", "['a', 'b']"],
  ["z.array(z.number())", "[1]", "['1']"],
  ["z.map(z.string(), z.number())", "new Map([['a', 1]])", "new Map([['a', 'b']])"],
  ["z.record(z.string(), z.number())", "{ a: 1 }", "{ a: 'b' }"],
  ["z.object({ n: z.number() })", "{ n: 1 }", "{ n: '1' }", "{ n: 1, m: 2 }"],
  ["z.object({ n: z.number(), at: z.date().optional() })", "{ n: 1 }", "{}", "{ n: 1, ta: 2 }"],
  [
    "z.object({ o: z.object({ n: z.number() }) })",
    "{ o: { n: 1 } }",
    "{ o: 1 }",
    "{ o: { n: 1, m: 2 } }",
  ],
  ["z.array(z.object({ n: z.number() }))", "[{ n: 1 }]", "[{}]", "[{ n: 1, m: 2 }]"],
  ["z.object({ n: z.number() }).nullable()", "{ n: 1 }", "{ n: '1' }", "{ n: 1, m: 2 }"],
  [
    "z.discriminatedUnion('k', [z.object({ k: z.literal('a'), n: z.number() }), z.object({ k: z.literal('b') })])",
    "{ k: 'a', n: 1 }",
    "{ k: 'c' }",
    "{ k: 'b', m: 1 }",
  ],
  ["zm.object({ n: zm.number() })", "{ n: 1 }", "{ n: '1' }", "{ n: 1, m: 2 }"],
  ["v.object({ n: v.number() })", "{ n: 1 }", "{ n: '1' }", "{ n: 1, m: 2 }"],
  ["type({ n: 'number' })", "{ n: 1 }", "{ n: '1' }", "{ n: 1, m: 2 }"],
];

/** Verbs, with the written value in place of `$`. The second kind returns it from an update. */
const writes = ["s.session('a').insert($)", "s.session('a').swap($)", "s.store.insert('a', $)"];
const updates = [
  "s.session('a').update(() => ($))",
  "s.session('a').update(async () => ($))",
  "s.store.update('a', () => ($))",
  "s.session('a').upsert($, () => ($))",
  "s.wrap((r) => r.session.rotate($, () => ($)))",
];

/** Places of a part in a schema, with the part in place of `$`. */
const places = [
  "$",
  "z.object({ a: $ })",
  "z.object({ a: z.object({ b: $ }) })",
  "z.object({ a: $.optional(), b: z.string() })",
  "z.array($)",
  "z.tuple([z.string(), $])",
  "z.map(z.string(), $)",
  "z.set($)",
  "z.record(z.string(), $)",
  "z.union([z.string(), $])",
];
const storable = [
  "z.number()",
  "z.string().min(1)",
  "z.date()",
  "z.bigint()",
  "z.null()",
  "z.literal('a')",
  "z.instanceof(URL)",
  "z.instanceof(Uint8Array)",
  "z.any()",
  "z.string().brand<'Id'>()",
  "z.object({ x: z.string() }).brand<'X'>()",
  "z.object({ name: z.string(), message: z.string() })",
];
const unstorable = [
  ["fn", "functions cannot be stored"],
  ["z.symbol()", "symbols cannot be stored"],
  ["z.promise(z.string())", "promises cannot be stored"],
  ["z.instanceof(User)", "functions cannot be stored"],
  ["z.instanceof(Buffer)", "a Buffer cannot be stored"],
  ["z.instanceof(ArrayBuffer)", "an ArrayBuffer cannot be stored"],
  ["z.instanceof(Blob)", "a Blob cannot be stored"],
  ["z.instanceof(ReadableStream)", "streams cannot be stored"],
  ["z.instanceof(URLSearchParams)", "URLSearchParams and FormData cannot be stored"],
  ["z.instanceof(Error)", "errors cannot be stored"],
  ["z.object({ x: fn, y: fn })", "functions cannot be stored"],
] as const;

const keyPlaces = [
  "$",
  "z.object({ a: $ })",
  "z.tuple([z.string(), $])",
  "z.array($)",
  "z.object({ a: z.object({ b: $.optional() }) })",
];
const keyable = [
  "z.string()",
  "z.number()",
  "z.boolean()",
  "z.bigint()",
  "z.date()",
  "z.enum(['a', 'b'])",
  "z.string().brand<'Id'>()",
];
const unkeyable = [
  "fn",
  "z.symbol()",
  "z.map(z.string(), z.string())",
  "z.set(z.string())",
  "z.instanceof(URL)",
  "z.instanceof(Uint8Array)",
  "z.instanceof(User)",
];

const takenNames = [
  ...Object.getOwnPropertyNames(Request.prototype),
  "toString",
  "valueOf",
  "hasOwnProperty",
  "params",
  "query",
  "route",
  "proxy",
  "content",
  "cookies",
  "then",
].filter((it) => it !== "attribute");
const durationPlaces = ["lifetime: { idle: $ }", "lifetime: { absolute: $ }", "timeout: $"];
const durations = ["'500ms'", "'30s'", "'15m'", "'12h'", "'7d'", "'1.5h'", "30_000", "1"];
const noDurations = [
  "'30 m'",
  "'1e3s'",
  "'0x10s'",
  "'-5m'",
  "'0m'",
  "'0.5ms'",
  "'1 hour'",
  "'30'",
  "'m'",
  "'5w'",
  "0",
  "-1",
  "1.5",
  "'' as string",
];

const fill = (template: string, part: string): string => template.replaceAll("$", () => part);
const define = (rest: string): string => `defineSession({ ${rest} });`;

/** Every program: shapes × verbs, parts × places, options. */
export function programs(): Program[] {
  const all: Program[] = [];
  for (const [schema, good, bad, extra] of shapes) {
    const program = (verb: string, what: string) =>
      `{ const s = defineSession({ keyFn: cookieKey(), value: ${schema} }); ${fill(verb, what)}; }`;
    for (const verb of [...writes, ...updates]) {
      all.push({ code: program(verb, good) }, { code: program(verb, bad), complaint: "" });
    }
    if (extra === undefined) continue;
    for (const verb of updates) {
      const update = verb
        .replace("(($)", `((${good})`)
        .replace("upsert($", `upsert(${good}`)
        .replace("rotate($", `rotate(${good}`);
      all.push({ code: program(update, extra), complaint: "the value has no field" });
    }
  }
  for (const place of places) {
    for (const part of storable)
      all.push({ code: define(`key, keyFn, value: ${fill(place, part)}`) });
    for (const [part, complaint] of unstorable)
      all.push({ code: define(`key, keyFn, value: ${fill(place, part)}`), complaint });
  }
  for (const place of keyPlaces) {
    for (const part of keyable)
      all.push({ code: define(`key: ${fill(place, part)}, value, keyFn: () => null`) });
    for (const part of unkeyable)
      all.push({
        code: define(`key: ${fill(place, part)}, value, keyFn: () => null`),
        complaint: "selects no session",
      });
  }
  for (const name of new Set(takenNames))
    all.push({
      code: define(`name: "${name}", key, keyFn, value`),
      complaint: "already; choose another name",
    });
  for (const place of durationPlaces) {
    for (const time of durations)
      all.push({ code: define(`key, keyFn, value, ${fill(place, time)}`) });
    for (const time of noDurations)
      all.push({ code: define(`key, keyFn, value, ${fill(place, time)}`), complaint: "duration" });
  }
  return all;
}
