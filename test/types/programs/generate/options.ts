// Programs that define a session: parts of values and keys × places in a schema, and options.
import type { Line } from "./handles.ts";

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

export function optionPrograms(): Line[] {
  const all: Line[] = [];
  for (const place of places) {
    for (const part of storable)
      all.push({ code: define(`key, keyFn, value: ${fill(place, part)}`) });
    for (const [part, says] of unstorable)
      all.push({ code: define(`key, keyFn, value: ${fill(place, part)}`), says });
  }
  for (const place of keyPlaces) {
    for (const part of keyable)
      all.push({ code: define(`key: ${fill(place, part)}, value, keyFn: () => null`) });
    for (const part of unkeyable)
      all.push({
        code: define(`key: ${fill(place, part)}, value, keyFn: () => null`),
        says: "selects no session",
      });
  }
  for (const name of new Set(takenNames))
    all.push({
      code: define(`name: "${name}", key, keyFn, value`),
      says: "already; choose another name",
    });
  for (const place of durationPlaces) {
    for (const time of durations)
      all.push({ code: define(`key, keyFn, value, ${fill(place, time)}`) });
    for (const time of noDurations)
      all.push({ code: define(`key, keyFn, value, ${fill(place, time)}`), says: "duration" });
  }
  return all;
}
