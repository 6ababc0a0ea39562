/** The types of one definition, for {@link InferKey} and its like. Never there at run time. */
export interface SessionTypes<Key, Value, Handle, Req> {
  /** The key, as validated. */
  readonly key: Key;
  /** The value, as it is read. */
  readonly value: Value;
  /** The session handle. */
  readonly session: Handle;
  /** The request behind the middleware. */
  readonly request: Req;
}

/** Any definition: all that is asked of it are its types. */
export interface AnyDefinition {
  /** Types only; never there at run time. */
  readonly "~types"?: SessionTypes<unknown, unknown, unknown, unknown>;
}

/** The key of a definition, as validated: `InferKey<typeof visits>`. */
export type InferKey<Definition extends AnyDefinition> = NonNullable<Definition["~types"]>["key"];

/** The value of a definition, as it is read: `InferValue<typeof visits>`. */
export type InferValue<Definition extends AnyDefinition> = NonNullable<
  Definition["~types"]
>["value"];

/** The session handle of a definition: `InferSession<typeof visits>`. */
export type InferSession<Definition extends AnyDefinition> = NonNullable<
  Definition["~types"]
>["session"];

/**
 * The request as a handler behind the middleware sees it. Combine several:
 * `SessionRequest<typeof visits> & SessionRequest<typeof carts>`.
 */
export type SessionRequest<Definition extends AnyDefinition> = NonNullable<
  Definition["~types"]
>["request"];
