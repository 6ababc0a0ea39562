/** A shape of values. */
export interface Shape {
  readonly schema: string;
  /** A value that fits. */
  readonly good: string;
  /** One of the wrong type. */
  readonly bad: string;
  /** One with a field too many. */
  readonly extra?: string;
  /** An optional field, and its type. */
  readonly field?: readonly [name: string, type: string];
}

export const shapes: readonly Shape[] = [
  { schema: "z.number()", good: "1", bad: "'1'" },
  { schema: "z.string()", good: "'a'", bad: "1" },
  { schema: "z.boolean()", good: "true", bad: "'true'" },
  // A literal of an async function is text to TypeScript, without `as const`.
  { schema: "z.enum(['dark', 'light'])", good: "'dark' as const", bad: "'blue'" },
  { schema: "z.date()", good: "new Date()", bad: "'today'" },
  { schema: "z.bigint()", good: "1n", bad: "1" },
  { schema: "z.string().brand<'Id'>()", good: "id", bad: "1" },
  { schema: "z.tuple([z.string(), z.number()])", good: "['a', 1]", bad: "['a', 'b']" },
  { schema: "z.array(z.number())", good: "[1]", bad: "['1']" },
  {
    schema: "z.map(z.string(), z.number())",
    good: "new Map([['a', 1]])",
    bad: "new Map([['a', 'b']])",
  },
  { schema: "z.set(z.string())", good: "new Set(['a'])", bad: "new Set([1])" },
  { schema: "z.record(z.string(), z.number())", good: "{ a: 1 }", bad: "{ a: 'b' }" },
  {
    schema: "z.object({ n: z.number() })",
    good: "{ n: 1 }",
    bad: "{ n: '1' }",
    extra: "{ n: 1, m: 2 }",
  },
  {
    schema: "z.object({ n: z.number(), at: z.date().optional() })",
    good: "{ n: 1 }",
    bad: "{ n: '1' }",
    extra: "{ n: 1, ta: 2 }",
    field: ["at", "Date"],
  },
  {
    schema: "z.object({ o: z.object({ n: z.number() }) })",
    good: "{ o: { n: 1 } }",
    bad: "{ o: 1 }",
    extra: "{ o: { n: 1, m: 2 } }",
  },
  {
    schema: "z.array(z.object({ n: z.number() }))",
    good: "[{ n: 1 }]",
    bad: "[{ n: '1' }]",
    extra: "[{ n: 1, m: 2 }]",
  },
  {
    schema: "z.object({ n: z.number() }).nullable()",
    good: "{ n: 1 }",
    bad: "{ n: '1' }",
    extra: "{ n: 1, m: 2 }",
  },
  {
    schema:
      "z.discriminatedUnion('k', [z.object({ k: z.literal('a'), n: z.number() }), z.object({ k: z.literal('b') })])",
    good: "{ k: 'a', n: 1 }",
    bad: "{ k: 'c' }",
    extra: "{ k: 'b', m: 1 }",
  },
];

/** The definitions that the programs of a shape use, each of its statements alone. */
export function definitionsOf({ schema }: Shape, index: number): string[] {
  const define = (name: string, rest: string) =>
    `const ${name}${index} = defineSession({ name: "${name}${index}", keyFn: cookieKey(), ${rest} });`;
  return [
    `const schema${index} = ${schema};`,
    `type Value${index} = z.infer<typeof schema${index}>;`,
    define("s", `value: schema${index}`),
    `const privileged${index} = z.object({ id: ${schema}.optional(), note: z.string().optional() });`,
    `type Privileged${index} = z.infer<typeof privileged${index}>;`,
    define("p", `privileged: ["id"], value: privileged${index}`),
    `const union${index} = z.discriminatedUnion('k', [z.object({ k: z.literal('a'), x: ${schema} }), z.object({ k: z.literal('b') })]);`,
    `type Union${index} = z.infer<typeof union${index}>;`,
    `type Field${index} = Extract<Union${index}, { k: 'a' }>["x"];`,
    define("u", `value: union${index}`),
    `const m${index} = states(u${index}, "k", { a: ["b"], b: ["a"] });`,
  ];
}
