/// <reference lib="esnext.disposable" preserve="true" />
import type { types } from "../http/edge.ts";

/**
 * The types of one definition, which {@link InferKey} and others read. They do not exist at run
 * time.
 */
export interface SessionTypes<
  Key,
  Value,
  Handle,
  Keyed,
  Has,
  Mount extends (request: never, ...args: never) => unknown,
> {
  /** The key, as validated. */
  readonly key: Key;
  /** The value, as verbs return it. */
  readonly value: Value;
  /** The session handle of a request. */
  readonly session: Handle;
  /** The session handle outside of requests. */
  readonly keyed: Keyed;
  /** Whether a request has a session, and its privileged fields. */
  readonly has: Has;
  /** What `keyFn` takes, and the sessions that a request then has, by their names. */
  readonly mount: Mount;
}

/**
 * Any definition, for functions that work with every one. The types of one follow from it by
 * {@link InferKey}, {@link InferValue} and {@link InferSession}.
 *
 * @example
 * ```ts
 * async function closeAll(definitions: readonly AnyDefinition[]) {
 *   for (const definition of definitions) await definition.close();
 * }
 * ```
 */
export interface AnyDefinition extends AsyncDisposable {
  /** The request property and key namespace. */
  readonly name: string;
  /**
   * Returns the session of a key, outside of requests. In a function over any definition the
   * compiler cannot tell that such a session has no `rotate`.
   */
  session<Definition extends AnyDefinition>(
    this: Definition,
    key: InferKey<Definition>,
  ): InferSession<Definition>;
  /** Closes the definition. */
  close(): Promise<void>;
  /** Types only; never there at run time. */
  readonly [types]: SessionTypes<unknown, unknown, unknown, unknown, unknown, AnyMount>;
}

type AnyMount = (request: never, ...args: never) => unknown;

type MountOf<Definition extends AnyDefinition> = Definition[typeof types]["mount"];

/** The key of a definition, as validated: `InferKey<typeof visits>`. */
export type InferKey<Definition extends AnyDefinition> = Definition[typeof types]["key"];

/** The value of a definition, as verbs return it: `InferValue<typeof visits>`. */
export type InferValue<Definition extends AnyDefinition> = Definition[typeof types]["value"];

/** The privileged fields of a definition. */
export type InferPrivileged<Definition extends AnyDefinition> =
  Definition[typeof types]["has"] extends { readonly privileged: infer Field extends string }
    ? Field
    : never;

/** The session handle of a definition: `InferSession<typeof visits>`. */
export type InferSession<Definition extends AnyDefinition> = Definition[typeof types]["session"];

/**
 * The session handle of a definition outside of requests, as `session(key)` returns it:
 * `InferKeyedSession<typeof users>`. It is the same as {@link InferSession}, but for sessions by
 * cookie, which only their request can rotate.
 */
export type InferKeyedSession<Definition extends AnyDefinition> = Definition[typeof types]["keyed"];

/**
 * The request as a handler after the middleware sees it. To combine several, write
 * `SessionRequest<typeof visits> & SessionRequest<typeof carts>`.
 */
export type SessionRequest<Definition extends AnyDefinition> = Parameters<MountOf<Definition>>[0] &
  ReturnType<MountOf<Definition>>;
