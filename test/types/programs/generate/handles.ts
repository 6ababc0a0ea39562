// Programs that use a session: shapes of values × places where a session comes from × verbs.
import { definitionsOf, type Shape, shapes } from "./shapes.ts";

/** A program of one line, and what the compiler has to say about it if it is wrong. */
export interface Line {
  readonly code: string;
  /** A part of what the compiler says. `undefined`: the program is right. */
  readonly says?: string;
}

/** A program with `@` in place of a session, and `$` in place of a definition. */
type Form = readonly [code: string, says?: string];

/** Where a session comes from: what stands around the program, with `#` in its place. */
const places: readonly (readonly [session: string, around: string])[] = [
  ["$.session('a')", "#"],
  ["r.$", "$.wrap((r) => #)"],
  ["r.$", "$.wrap(async (r: SessionRequest<typeof $>, _count: number) => #)"],
  ["r.$", "carts.wrap($.wrap((r) => #))"],
  ["r.$", "$.wrap(carts.wrap((r) => #))"],
  ["$.of(request)", "#"],
  ["$.open(jar)", "#"],
  ["(await $.fromRequest(request))", "async () => #"],
  ["r.$", "combine(guests, $, carts).wrap((r) => #)"],
  ["combine($, carts).of(request).$", "#"],
  [
    "r.$",
    "{ const all = combine($, carts); Router<typeof all.Request>({ ...all.router }).get('/', (r) => #); }",
  ],
  ["r.$", "Router().get('/', $.middleware, (r) => #)"],
  ["r.$", "Router5<SessionRequest<typeof $>>().get('/', async (r) => #)"],
  ["c.var.$", "new Hono().use(honoSession($)).get('/', async (c) => { #; return c.text(''); })"],
  [
    "c.var.$",
    "new Hono().use(honoSession(combine(carts, $))).get('/', async (c) => { #; return c.text(''); })",
  ],
  ["$.of(q)", "express().use(expressSession($)).get('/', async (q) => { #; })"],
  ["$.of(q)", "fastify().register(fastifySession($)).get('/', async (q) => #)"],
  ["it", "(it: InferSession<typeof $>) => #"],
];
/** The places where a session may move to a new key: not the first, which is outside of requests. */
const requests = places.slice(1);

/** Every program, or so many that each shape meets each place, and each place each verb. */
export function handlePrograms(isWhole: boolean): {
  readonly head: string[];
  readonly lines: Line[];
} {
  const lines: Line[] = [];
  for (const [index, shape] of shapes.entries()) {
    const add = (definition: string, forms: readonly Form[], all: typeof places): void => {
      for (const [verb, [form, says]] of forms.entries()) {
        for (const [place, [session, around]] of all.entries()) {
          if (!isWhole && (index + place) % forms.length !== verb) continue;
          const code = `${around.replace("#", () => form)};`;
          lines.push({
            code: code.replaceAll("@", () => session).replaceAll("$", () => definition),
            ...(says === undefined ? {} : { says }),
          });
        }
      }
    };
    add(`s${index}`, verbs(shape, index), places);
    add(`s${index}`, rotations(shape, index), requests);
    add(`p${index}`, privileged(shape, index), places);
    add(`p${index}`, privilegedRotations(shape), requests);
    add(`u${index}`, states(shape, index), places);
  }
  return { head: shapes.flatMap(definitionsOf), lines };
}

const NOT_ANY = "Expected 2 arguments";

function verbs({ schema, good, bad, extra, field }: Shape, index: number): Form[] {
  const value = `Value${index}`;
  return [
    [`exactly<Promise<${value} | undefined>>()(@.find())`],
    [`exactly<Promise<${value}>>()(@.insert(${good}))`],
    [`exactly<Promise<${value} | undefined>>()(@.swap(${good}))`],
    [`exactly<Promise<${value}>>()(@.upsert(${good}, () => (${good})))`],
    [`exactly<Promise<${value}>>()(@.upsert(() => (${good}), async (it) => it))`],
    [`exactly<Promise<${value} | undefined>>()(@.update((it) => it))`],
    [`exactly<Promise<${value} | undefined>>()(@.update(async () => (${good})))`],
    [`@.update((it) => { exactly<${value}>()(it); return it; })`],
    ["exactly<Promise<boolean>>()(@.remove())"],
    ["exactly<Promise<boolean>>()(@.touch())"],
    ["exactly<Promise<any>>()(@.find())", NOT_ANY],
    ["exactly<any>()(@.update((it) => it))", NOT_ANY],
    ["exactly<any>()(@)", NOT_ANY],
    [`@.instert(${good})`, "Property 'instert' does not exist"],
    [`@.insert(${bad})`, "is not assignable to"],
    [`@.swap(${bad})`, "is not assignable to"],
    [`@.upsert(${bad}, () => (${good}))`, "is not assignable to"],
    [`@.upsert(${good}, () => (${bad}))`, "is not assignable to"],
    [`@.update(() => (${bad}))`, "is not assignable to"],
    [`@.update(async () => (${bad}))`, "is not assignable to"],
    // A record may have any field.
    ...(schema.includes("record") ? [] : ([["@.take('nothing')", "'nothing'"]] satisfies Form[])),
    ...(field === undefined
      ? []
      : ([
          [`exactly<Promise<${field[1]} | undefined>>()(@.take('${field[0]}'))`],
          ["@.take('n')", 'take removes a field, but \\"n\\" is not optional in the value'],
        ] satisfies Form[])),
    ...(extra === undefined
      ? []
      : ([
          [`@.insert(${extra})`, "' does not exist in type '"],
          [`@.update(() => (${extra}))`, "the value has no field"],
          [`@.update(async () => (${extra}))`, "the value has no field"],
          [`@.upsert(${good}, () => (${extra}))`, "the value has no field"],
        ] satisfies Form[])),
  ];
}

function rotations({ good, bad, extra }: Shape, index: number): Form[] {
  return [
    ["exactly<Promise<void>>()(@.rotate())"],
    [`exactly<Promise<Value${index}>>()(@.rotate(${good}, () => (${good}), { restart: true }))`],
    [`@.rotate(${bad}, () => (${good}))`, "is not assignable to"],
    [`@.rotate(${good}, () => (${bad}))`, "is not assignable to"],
    [`@.rotate(${good})`, "No overload expects 1 arguments"],
    ...(extra === undefined
      ? []
      : ([
          [`@.rotate(${good}, async () => (${extra}))`, "the value has no field"],
        ] satisfies Form[])),
  ];
}

/** The field `id` is privileged, and `note` is not. */
function privileged({ good }: Shape, index: number): Form[] {
  return [
    [`exactly<Promise<Privileged${index} | undefined>>()(@.find())`],
    ["@.insert({ note: 'a' })"],
    ["@.upsert({}, (it) => { it.note = 'a'; })"],
    ["exactly<Promise<string | undefined>>()(@.take('note'))"],
    [`@.insert({ id: ${good} })`, "id is privileged: write it by rotate(initial, update)"],
    [
      `@.upsert({ id: ${good} }, () => {})`,
      "id is privileged: write it by rotate(initial, update)",
    ],
    [`@.update((it) => { it.id = ${good}; })`, "Cannot assign to 'id'"],
    [
      `@.update((it) => ({ ...it, id: ${good} }))`,
      "is not assignable to type 'MaybePromise<void>'",
    ],
    ["@.take('id')", "id is privileged: write it by rotate(initial, update)"],
    ["exactly<Promise<any>>()(@.find())", NOT_ANY],
  ];
}
function privilegedRotations({ good, bad }: Shape): Form[] {
  return [
    [`@.rotate({ id: ${good} }, (it) => ({ ...it, id: ${good} }))`],
    [`@.rotate({}, (it) => { it.id = ${good}; })`],
    [`@.rotate({ id: ${bad} }, (it) => it)`, "is not assignable to"],
    [`@.rotate({}, (it) => ({ ...it, id: ${bad} }))`, "is not assignable to"],
  ];
}

/** In the state `a` there is a field `x`, and in `b` there is none. */
function states({ good, bad }: Shape, index: number): Form[] {
  const at = (state: string, then: string) => `m${index}.when(@, '${state}').then((at) => ${then})`;
  return [
    [at("b", `at?.move('a', () => ({ x: ${good} }))`)],
    [at("a", "at?.move('b', () => ({}))")],
    [at("a", "at?.stay((it) => it)")],
    [at("a", `exactly<Field${index} | undefined>()(at?.current.x)`)],
    [`exactly<Promise<Union${index} | undefined>>()(@.find())`],
    [at("b", `at?.move('a', () => ({ x: ${bad} }))`), "is not assignable to"],
    [at("b", "at?.move('a', () => ({}))"), "is not assignable to"],
    [at("b", "at?.move('b', () => ({}))"), 'no move from \\"b\\" to \\"b\\" is declared'],
    [at("b", "at?.current.x"), "Property 'x' does not exist"],
    [`m${index}.when(@, 'c')`, `is not assignable to parameter of type '"a" | "b"'`],
  ];
}
