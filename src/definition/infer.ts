/**
 * The types of one definition, which {@link InferKey} and others read. They do not exist at run
 * time.
 */
export interface SessionTypes<
  Key,
  Value,
  Handle,
  Req,
  Mount = (request: never, ...args: never) => unknown,
> {
  /** The key, as validated. */
  readonly key: Key;
  /** The value, as verbs return it. */
  readonly value: Value;
  /** The session handle. */
  readonly session: Handle;
  /** The request after the middleware. */
  readonly request: Req;
  /** What `keyFn` takes, and the sessions that a request then has, by their names. */
  readonly mount: Mount;
}

/** Any definition. Only its types are needed. */
export interface AnyDefinition {
  /** Types only; never there at run time. */
  readonly "~types"?: SessionTypes<unknown, unknown, unknown, unknown>;
}

/** The key of a definition, as validated: `InferKey<typeof visits>`. */
export type InferKey<Definition extends AnyDefinition> = NonNullable<Definition["~types"]>["key"];

/** The value of a definition, as verbs return it: `InferValue<typeof visits>`. */
export type InferValue<Definition extends AnyDefinition> = NonNullable<
  Definition["~types"]
>["value"];

/** The session handle of a definition: `InferSession<typeof visits>`. */
export type InferSession<Definition extends AnyDefinition> = NonNullable<
  Definition["~types"]
>["session"];

/**
 * The request as a handler after the middleware sees it. To combine several, write
 * `SessionRequest<typeof visits> & SessionRequest<typeof carts>`.
 */
export type SessionRequest<Definition extends AnyDefinition> = NonNullable<
  Definition["~types"]
>["request"];
