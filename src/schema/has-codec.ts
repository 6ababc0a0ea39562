import type { Less } from "../util/less.ts";

/**
 * Whether a zod schema holds a codec, and no transform, up to six levels deep. The compiler computes
 * it only for schemas that do not accept their own output, which are rare.
 */
export type HasCodec<Schema> =
  Search<Schema, 6> extends infer Found
    ? "transform" extends Found
      ? false
      : "codec" extends Found
        ? true
        : false
    : false;

type Search<Schema, Depth extends number> = Depth extends 0
  ? never
  : Schema extends { readonly _zod: { readonly def: infer Def } }
    ? Def extends { readonly reverseTransform: unknown }
      ? "codec"
      : Def extends { readonly type: "transform" }
        ? "transform"
        : Search<Parts<Def>, Less[Depth]>
    : never;

/** The schemas inside a schema. */
type Parts<Def> = Def extends { readonly shape: infer Shape }
  ? Shape[keyof Shape]
  : Def extends { readonly element: infer Part }
    ? Part
    : Def extends { readonly innerType: infer Part }
      ? Part
      : Def extends { readonly options: readonly (infer Part)[] }
        ? Part
        : Def extends { readonly items: readonly (infer Part)[] }
          ? Part
          : Def extends { readonly valueType: infer Part }
            ? Part | (Def extends { readonly keyType: infer KeyPart } ? KeyPart : never)
            : Def extends { readonly left: infer Left; readonly right: infer Right }
              ? Left | Right
              : Def extends { readonly in: infer In; readonly out: infer Out }
                ? In | Out
                : Def extends { readonly getter: () => infer Part }
                  ? Part
                  : never;
