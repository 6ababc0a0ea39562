import ts from "typescript";

/** The schema libraries that the programs are checked with. */
export const vendors = ["zod", "zod/mini", "valibot", "arktype"] as const;
export type Vendor = (typeof vendors)[number];

/** How a library writes what zod writes as `z.name(…)` or as a method `.name(…)` of a schema. */
type Forms = Record<string, (...parts: string[]) => string>;

/** Checks that make no difference to a type. */
const CHECKS = "int min max positive nonnegative length regex trim".split(" ");
const TEXTS = "email uuid url".split(" ");

const mini: { readonly functions: Forms; readonly methods: Forms } = {
  functions: Object.fromEntries(
    "string number boolean bigint date null undefined any unknown never symbol void enum literal custom instanceof object strictObject looseObject array tuple map set record union discriminatedUnion intersection promise lazy"
      .split(" ")
      .concat(TEXTS)
      .map((name) => [name, (...parts) => `z.${name}(${parts.join(", ")})`]),
  ),
  methods: {
    optional: (it) => `z.optional(${it})`,
    nullable: (it) => `z.nullable(${it})`,
    nullish: (it) => `z.nullish(${it})`,
    readonly: (it) => `z.readonly(${it})`,
    array: (it) => `z.array(${it})`,
    default: (it, value) => `z._default(${it}, ${value})`,
    transform: (it, by) => `z.pipe(${it}, z.transform(${by}))`,
    refine: (it, by) => `${it}.check(z.refine(${by}))`,
    or: (it, other) => `z.union([${it}, ${other}])`,
  },
};

const valibot: typeof mini = {
  functions: {
    ...Object.fromEntries(
      "string number boolean bigint date null undefined any unknown never symbol void literal object strictObject looseObject array map set record union promise lazy"
        .split(" ")
        .map((name) => [name, (...parts) => `v.${name}(${parts.join(", ")})`]),
    ),
    ...Object.fromEntries(TEXTS.map((name) => [name, () => `v.pipe(v.string(), v.${name}())`])),
    enum: (texts) => `v.${texts.startsWith("[") ? "picklist" : "enum"}(${texts})`,
    tuple: (parts, rest) =>
      rest === undefined ? `v.tuple(${parts})` : `v.tupleWithRest(${parts}, ${rest})`,
    instanceof: (it) => `v.instance(${it})`,
    discriminatedUnion: (tag, members) => `v.variant(${tag}, ${members})`,
    intersection: (one, other) => `v.intersect([${one}, ${other}])`,
  },
  methods: {
    optional: (it) => `v.optional(${it})`,
    nullable: (it) => `v.nullable(${it})`,
    nullish: (it) => `v.nullish(${it})`,
    readonly: (it) => `v.pipe(${it}, v.readonly())`,
    array: (it) => `v.array(${it})`,
    default: (it, value) => `v.optional(${it}, ${value})`,
    transform: (it, by) => `v.pipe(${it}, v.transform(${by}))`,
    refine: (it, by) => `v.pipe(${it}, v.check(${by}))`,
    or: (it, other) => `v.union([${it}, ${other}])`,
  },
};

const arktype: typeof mini = {
  functions: {
    ...Object.fromEntries(
      "string number boolean bigint null undefined unknown never symbol"
        .split(" ")
        .map((name) => [name, () => `type.${name}`]),
    ),
    ...Object.fromEntries(TEXTS.map((name) => [name, () => `type("string.${name}")`])),
    date: () => "type.Date",
    any: () => "type.unknown.as<any>()",
    enum: (texts) =>
      texts.startsWith("[") ? `type.enumerated(${texts.slice(1, -1)})` : `type.valueOf(${texts})`,
    literal: (it) => `type.unit(${it})`,
    instanceof: (it) => `type.instanceOf(${it})`,
    object: (fields) => `type(${fields})`,
    array: (it) => `${it}.array()`,
    tuple: (parts, rest) =>
      rest === undefined
        ? `type(${parts})`
        : `type(${parts.replace(/\]$/, `, "...", ${rest}.array()]`)})`,
    record: (key, value) => {
      if (key !== "type.string") throw new Untranslatable();
      return `type({ "[string]": ${value} })`;
    },
    promise: () => "type.instanceOf(Promise)",
    intersection: (one, other) => `${one}.and(${other})`,
  },
  methods: {
    nullable: (it) => `${it}.or(type.null)`,
    array: (it) => `${it}.array()`,
    transform: (it, by) => `${it}.pipe(${by})`,
    refine: (it, by) => `${it}.narrow(${by})`,
    or: (it, other) => `${it}.or(${other})`,
  },
};

const forms = { "zod/mini": mini, valibot, arktype };

class Untranslatable extends Error {}

/**
 * Returns a program that is written with zod in another schema library's words, or `undefined` if
 * the library has no word for a part of it.
 */
export function translate(code: string, vendor: Vendor): string | undefined {
  if (vendor === "zod") return code;
  // Written with a library on purpose.
  if (/\bv\.|\btype(\.\w|\(["{])|\bStandardSchemaV1\b/.test(code)) return undefined;
  const source = ts.createSourceFile("program.ts", code, ts.ScriptTarget.Latest, true);
  try {
    const text = render(source, vendor, source);
    if (vendor === "zod/mini") return text;
    // Names of zod's own that are left, and methods of its schemas.
    return /\bz\b|\.parse\(/.test(text) ? undefined : text;
  } catch (error) {
    if (error instanceof Untranslatable) return undefined;
    throw error;
  }
}

function render(node: ts.Node, vendor: Exclude<Vendor, "zod">, source: ts.SourceFile): string {
  // No other library infers the type of a getter that leads to itself.
  if (ts.isGetAccessor(node) && vendor !== "zod/mini") throw new Untranslatable();
  const own = ts.isCallExpression(node)
    ? call(node, vendor, source)
    : ts.isTypeReferenceNode(node)
      ? inferred(node, vendor)
      : vendor !== "arktype"
        ? undefined
        : ts.isPropertyAssignment(node)
          ? field(node, source)
          : ts.isPropertySignature(node)
            ? optionalType(node, source)
            : undefined;
  if (own !== undefined) return own;
  // The text between the parts, and the parts.
  let text = "";
  let at = node.getStart(source);
  ts.forEachChild(node, (child) => {
    text += source.text.slice(at, child.getStart(source)) + render(child, vendor, source);
    at = child.getEnd();
  });
  return text + source.text.slice(at, node.getEnd());
}

/** Renders a call of the library, or of a schema's method. */
function call(
  node: ts.CallExpression,
  vendor: Exclude<Vendor, "zod">,
  source: ts.SourceFile,
): string | undefined {
  const callee = node.expression;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { functions, methods } = forms[vendor];
  const name = callee.name.text;
  const parts = () => node.arguments.map((it) => render(it, vendor, source));
  if (callee.expression.getText(source) === "z") {
    const form = functions[name];
    const types = node.typeArguments?.map((it) => render(it, vendor, source)).join(", ");
    if (name === "custom" && vendor === "valibot") return `v.custom<${types}>(() => true)`;
    if (name === "custom" && vendor === "arktype") return `type.unknown.as<${types}>()`;
    if (name === "custom") return `z.custom<${types}>()`;
    if (name.endsWith("nion") && vendor === "arktype") return union(node, source);
    if (form === undefined || types !== undefined) throw new Untranslatable(name);
    return form(...parts());
  }
  if (!isSchema(callee.expression) && !["optional", "nullable"].includes(name)) return undefined;
  const it = render(callee.expression, vendor, source);
  if (CHECKS.includes(name)) return it;
  if (name === "brand") {
    const brand = (node.typeArguments ?? node.arguments)[0]?.getText(source);
    if (vendor === "zod/mini") return `${it}.brand<${brand}>()`;
    return vendor === "valibot" ? `v.pipe(${it}, v.brand(${brand}))` : `${it}.brand(${brand})`;
  }
  const form = methods[name];
  const isAsync = node.arguments.some((it) => it.getText(source).startsWith("async"));
  if (form === undefined || (isAsync && vendor !== "zod/mini")) throw new Untranslatable(name);
  return form(it, ...parts());
}

/** A union of arktype is a chain. */
function union(node: ts.CallExpression, source: ts.SourceFile): string {
  const members = node.arguments.at(-1);
  if (members === undefined || !ts.isArrayLiteralExpression(members)) throw new Untranslatable();
  const [first, ...rest] = members.elements.map((it) => render(it, "arktype", source));
  return [first, ...rest.map((it) => `or(${it})`)].join(".");
}

/** A field of an object: arktype writes in its name that it is optional, and its default behind it. */
function field(
  { name, initializer, parent }: ts.PropertyAssignment,
  source: ts.SourceFile,
): string | undefined {
  const isOfSchema = ts.isCallExpression(parent.parent) && isSchema(parent.parent.expression);
  if (!isOfSchema || !ts.isCallExpression(initializer)) return undefined;
  const callee = initializer.expression;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const schema = () => render(callee.expression, "arktype", source);
  const key = name.getText(source).replace(/^["']|["']$/g, "");
  if (callee.name.text === "optional") return `"${key}?": ${schema()}`;
  const value = initializer.arguments[0]?.getText(source);
  return callee.name.text === "default" ? `"${key}": ${schema()}.default(${value})` : undefined;
}

/** An optional field of arktype does not hold `undefined`. */
function optionalType(node: ts.PropertySignature, source: ts.SourceFile): string | undefined {
  if (node.questionToken === undefined) return undefined;
  const text = node.getText(source);
  return / \| undefined;?$/.test(text) ? text.replace(" | undefined", "") : undefined;
}

function inferred(node: ts.TypeReferenceNode, vendor: Exclude<Vendor, "zod">): string | undefined {
  const name = node.typeName.getText();
  if (!name.startsWith("z.")) return undefined;
  if (name !== "z.infer") throw new Untranslatable(name);
  const schema = node.typeArguments?.[0]?.getText();
  if (vendor === "zod/mini") return `z.infer<${schema}>`;
  return vendor === "valibot" ? `v.InferOutput<${schema}>` : `(${schema})["infer"]`;
}

/** Whether an expression begins with the library. */
function isSchema(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === "z";
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node))
    return isSchema(node.expression);
  return false;
}
