import type { Serializable } from "../codec/serializable.ts";
import type { Less } from "../util/less.ts";

/**
 * What is known of an object schema of zod without its whole input and output, which cost the
 * compiler most: it looks at each kind of field once, however many fields and schemas have it.
 *
 * - `"same"`: the input is the output, and it can be stored.
 * - `"wider"`: the input allows more than the output, such as a missing field that has a default.
 * - `"unknown"`: the whole types have to be compared. So it is for other libraries.
 */
export type InputKind<Schema> = KindOfObject<Schema, 6>;

type KindOfObject<Schema, Depth extends number> = Schema extends {
  readonly _zod: {
    readonly def: { readonly type: "object"; readonly shape: infer Shape };
    readonly config: { readonly out: infer Rest };
  };
  readonly strip: () => infer Bare;
}
  ? // The fields do not tell all of a schema with a brand, of any further fields, and of symbols.
    [Bare, keyof Shape, keyof Rest] extends [Schema, string | number, never]
    ? KindOfPart<Shape[keyof Shape], Less[Depth]>
    : "unknown"
  : "unknown";

type KindOfPart<Schema, Depth extends number> = Depth extends 0
  ? "unknown"
  : Schema extends { readonly _zod: { readonly def: { readonly type: infer Type } } }
    ? Type extends "object"
      ? KindOfObject<Schema, Depth>
      : Type extends "array" | "optional" | "nullable"
        ? KindOfWrapper<Schema, Depth>
        : KindOfLeaf<Schema>
    : "unknown";

type KindOfWrapper<Schema, Depth extends number> = Schema extends {
  readonly _zod: {
    readonly def: { readonly element: infer Part } | { readonly innerType: infer Part };
    readonly output: infer Output;
  };
}
  ? // A brand has a field.
    keyof Output extends keyof unknown[]
    ? KindOfPart<Part, Less[Depth]>
    : "unknown"
  : "unknown";

type KindOfLeaf<Schema> = Schema extends {
  readonly _zod: { readonly output: infer Output; readonly input: infer Input };
}
  ? [Output, MayLack<Schema, "optout">] extends [
      Input & Serializable<Output>,
      MayLack<Schema, "optin">,
    ]
    ? [Input, MayLack<Schema, "optin">] extends [Output, MayLack<Schema, "optout">]
      ? "same"
      : "wider"
    : "unknown"
  : "unknown";

/** Whether an object of the input, or of the output, may lack the field: `true`, or `boolean`. */
type MayLack<Schema, Side extends "optin" | "optout"> = Schema extends {
  readonly _zod: { readonly [Property in Side]: string };
}
  ? boolean
  : true;
