import type { Presence } from "../keys/key-input.ts";
import type { SessionDefinition } from "./definition.ts";

/** What a definition is made of, for {@link DefinitionOf}. */
export interface DefinitionParts {
  /** The request property. Default `"session"`. */
  readonly name?: string;
  /** What selects a session. Default `string`. */
  readonly key?: unknown;
  /** What the key schema accepts as a key. Default: the key. */
  readonly keyInput?: unknown;
  /** The value, as verbs return it. */
  readonly value: unknown;
  /** What you may write besides a value: the input of the schema, where that differs. */
  readonly input?: unknown;
  /** The request that `keyFn` takes. Default `Request`. */
  readonly request?: object;
  /** The further arguments that `keyFn` takes. Default: none. */
  readonly args?: unknown[];
  /**
   * Whether a request has a session: `"issued"` with `cookieKey()`, `"optional"` where `keyFn` can
   * return no key, `"always"` elsewhere; `{ privileged: "user" | "roles" }` with privileged fields.
   * Default `"always"`.
   */
  readonly session?: Presence;
  /** Whether the driver has compare-and-set. Default `true`. */
  readonly atomic?: boolean;
}

type Part<Parts, Name, Default> = Name extends keyof Parts ? Parts[Name] : Default;

/**
 * The type of a definition, written out, for an exported signature. Name only what is not the
 * default.
 *
 * @example
 * ```ts
 * type Carts = DefinitionOf<{ name: "carts"; value: Cart; session: "issued" }>;
 * export const carts: Carts = defineSession({ name: "carts", value: Cart, keyFn: cookieKey() });
 * ```
 */
export type DefinitionOf<Parts extends DefinitionParts> = SessionDefinition<
  Extract<Part<Parts, "name", "session">, string>,
  Extract<Part<Parts, "session", "always">, Presence>,
  Extract<Part<Parts, "atomic", true>, boolean>,
  Part<Parts, "key", string>,
  Parts["value"],
  Part<Parts, "input", never>,
  Part<Parts, "keyInput", Part<Parts, "key", string>>,
  Extract<Part<Parts, "request", Request>, object>,
  Extract<Part<Parts, "args", []>, unknown[]>
>;
