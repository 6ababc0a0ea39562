import type { AnyDefinition, InferPrivileged, InferValue } from "./definition/infer.ts";
import { ConfigurationError, SessionEndedError, UsageError } from "./errors.ts";
import type { Guarded } from "./session/privileged-session.ts";
import type { CookieSession, RotateOptions, Session } from "./session/session.ts";
import { SessionHandle } from "./session/session-handle.ts";
import type { Complete, Updated } from "./session/updated.ts";
import type { All } from "./util/all.ts";
import { isAsyncFunction } from "./util/is-async-function.ts";
import { isPromise, type MaybePromise } from "./util/maybe-promise.ts";
import { showSummary } from "./util/show-summary.ts";

/** The fields that every member of a union has, with a text of its own. */
export type TagOf<Value> = {
  [Field in keyof Value]: [Value[Field]] extends [string]
    ? string extends Value[Field]
      ? never
      : Field
    : never;
}[keyof Value] &
  string;

/** The states of a value: the texts in its tag. */
export type StateOf<Value, Tag extends string> = Value extends {
  readonly [Field in Tag]: infer State extends string;
}
  ? State
  : never;

/** The value in one state. */
export type ValueIn<Value, Tag extends string, State> = Value extends {
  readonly [Field in Tag]: infer Own;
}
  ? [Own] extends [State]
    ? Value
    : State extends Own
      ? { [Field in keyof Value]: Field extends Tag ? State : Value[Field] }
      : never
  : never;

/** The states that each state may move to. */
export type Moves<State extends string> = { readonly [From in State]: readonly State[] };

/** The fields of which one may be the tag. A sentence if there is none. */
type Tags<Value> = [TagOf<Value & object>] extends [never]
  ? "the value has no states: it is no union whose members a field tells apart by its text"
  : TagOf<Value>;

/**
 * The next state itself if such a move was declared. Otherwise a sentence. An editor asks about
 * every state at once, and gets those that may follow.
 */
type Declared<Map extends Moves<string>, State extends keyof Map, To> = [To] extends [
  Map[State][number],
]
  ? To
  : [All<To>] extends [never]
    ? Map[State][number]
    : `no move from "${State & string}" to "${To & string}" is declared`;

type WithoutTag<Value, Tag extends string> = Value extends unknown ? Omit<Value, Tag> : never;

/**
 * What a move may return: the next value without its tag. It may carry fields of the value as it
 * was, which a spread brings. Any other field would be lost, so its type is a sentence.
 */
type Moved<Value, Tag extends string, From, To, Next> = WithoutTag<ValueIn<Value, Tag, To>, Tag> &
  Complete<Next, ValueIn<Value, Tag, From | To>, "value">;

/** A value that `stay` changes: its privileged fields are read-only. */
type Stayed<Value, Privileged extends string> = [Privileged] extends [never]
  ? Value
  : Guarded<Value, Privileged>;

/** What the function of `stay` may return. With privileged fields it works in place only. */
type Stays<Value, Privileged extends string, Next> = [Privileged] extends [never]
  ? Updated<Value, Value, Next>
  : void;

/** Options of a move. */
export interface MoveOptions extends RotateOptions {
  /**
   * Whether a session by cookie gets a new key. Default `true`: who knew the old key has no part in
   * the new state (session fixation). Requests under way with the old key find that the session has
   * ended. Use `false` where a move gives nobody a right. Other sessions keep their key.
   */
  readonly rotate?: boolean | undefined;
}

/**
 * A session that was found in one state. Its verbs take effect only while the session is still in
 * that state.
 *
 * @typeParam Value - the value, a union
 * @typeParam Tag - the field that tells the states apart
 * @typeParam Map - the states that each state may move to
 * @typeParam State - the state
 * @typeParam Privileged - the fields that only a move to a new key may write
 */
export interface StateSession<
  Value,
  Tag extends string,
  Map extends Moves<string>,
  State extends keyof Map,
  Privileged extends string = never,
> {
  /** The state. */
  readonly state: State;

  /** The value that was read when the state was checked: a copy. */
  readonly current: ValueIn<Value, Tag, State>;

  /**
   * Changes the value and leaves the session in its state, atomically.
   *
   * @param update - receives a copy of the value as it is now. It returns the next value, or changes
   * its copy and returns nothing. It may run more than once, as in `update` of a session.
   * @returns the value that is now stored, or `undefined` if the session has left the state or has
   * ended. Nothing has changed then.
   * @throws UsageError if the function changes the state or a privileged field
   */
  stay<Next extends Stays<ValueIn<Value, Tag, State>, Privileged, Next>>(
    update: (current: Stayed<ValueIn<Value, Tag, State>, Privileged>) => MaybePromise<Next>,
  ): Promise<ValueIn<Value, Tag, State> | undefined>;

  /**
   * Moves the session to another state, atomically. Only moves that were declared compile. A session
   * by cookie gets a new key, and only with a new key may the move write privileged fields.
   *
   * @param to - the next state
   * @param next - receives a copy of the value as it is now, and returns the next one without the
   * tag. It may run more than once.
   * @param options - whether the session gets a new key, and a new age
   * @returns the value that is now stored, or `undefined` if the session has left the state or has
   * ended. Nothing has changed then.
   * @throws UsageError if no such move was declared, or it writes a privileged field under the same
   * key
   */
  move<const To extends keyof Map, Next extends Moved<Value, Tag, State, To, Next>>(
    to: Declared<Map, State, To>,
    next: (current: ValueIn<Value, Tag, State>) => MaybePromise<Next>,
    options?: MoveOptions,
  ): Promise<ValueIn<Value, Tag, To> | undefined>;
}

/** A session that can be found in a state: one on a driver with compare-and-set. */
interface StateSource<Value> extends Pick<Session<unknown, Value>, "find"> {
  update(update: never): unknown;
}

/** What `states` returns. */
export interface SessionStates<
  Value,
  Tag extends string,
  Map extends Moves<string>,
  Privileged extends string = never,
> {
  /**
   * Reads a session. Returns it narrowed if it is in one of these states, and `undefined` otherwise.
   * Of several states, `state` tells which one it is.
   *
   * @param session - the session of a request, or of a key; `undefined` is in no state
   * @param states - one state or more
   * @throws InvalidRecordError if the stored record cannot be read
   */
  when<State extends keyof Map & string>(
    session: StateSource<Value> | undefined,
    ...states: State[]
  ): Promise<
    { [Each in State]: StateSession<Value, Tag, Map, Each, Privileged> }[State] | undefined
  >;
}

/**
 * Takes the value of a session for a state machine: a union whose members a text tells apart, such
 * as guest, pending and user. A handler then works on one state, and changes nothing if the session
 * has left that state meanwhile.
 *
 * @param definition - what `defineSession` returned
 * @param tag - the field that tells the states apart
 * @param moves - for each state, the states that may follow
 * @throws ConfigurationError if a move leads to an unknown state, or `defineSession` did not return
 * the definition
 * @example
 * ```ts
 * const visitor = states(visitors, "kind", {
 *   guest: ["pending"],
 *   pending: ["user", "guest"],
 *   user: ["guest"],
 * });
 * const pending = await visitor.when(request.visitors, "pending");
 * const user = await pending?.move("user", ({ cart }) => ({ cart, id: "7" }));
 * ```
 */
export function states<
  Definition extends AnyDefinition,
  const Tag extends Tags<InferValue<Definition>>,
  const Map extends Moves<StateOf<InferValue<Definition>, Tag>>,
>(
  definition: Definition,
  tag: Tag,
  moves: Map & {
    readonly [Other in Exclude<keyof Map, StateOf<InferValue<Definition>, Tag>> &
      string]: `the value has no state "${Other}"`;
  },
): SessionStates<InferValue<Definition>, Tag, Map, InferPrivileged<Definition>> {
  if (typeof Reflect.get(Object(definition), "session") !== "function") {
    throw new ConfigurationError("states takes what defineSession returns.");
  }
  for (const to of Object.values<readonly string[]>(moves).flat()) {
    if (Object.hasOwn(moves, to)) continue;
    throw new ConfigurationError(`A move leads to "${to}", but no moves of "${to}" are declared.`);
  }
  return {
    when: async (session, ...at) => {
      const current = await session?.find();
      const state = current && stateOf(current, tag);
      if (session === undefined || !at.includes(state as never)) return undefined;
      return new FoundSession(session as AnySession, { moves, tag }, current) as never;
    },
  };
}

type AnySession = Session<unknown, unknown>;
type Update = (current: unknown) => unknown;

/** What all sessions of a definition have in common. */
interface Machine {
  readonly tag: string;
  readonly moves: { readonly [From in string]: readonly string[] };
}

/** Thrown in an update to change nothing. It reaches nobody. */
const LEFT: Error = new Error("The session has left the state.");

function stateOf(value: unknown, tag: string): string {
  return (value as Record<string, string>)[tag] as string;
}

/** A session that was found in one state; see {@link StateSession}. */
class FoundSession {
  readonly state: string;
  readonly #current: unknown;
  readonly #session: AnySession;
  readonly #machine: Machine;

  constructor(session: AnySession, machine: Machine, current: unknown) {
    this.state = stateOf(current, machine.tag);
    this.#current = current;
    this.#session = session;
    this.#machine = machine;
  }

  static {
    showSummary(FoundSession.prototype, "StateSession", (it) => ({
      state: it.state,
      session: it.#session,
    }));
  }

  get current(): unknown {
    return this.#current;
  }

  stay(update: Update): Promise<unknown> {
    const { tag } = this.#machine;
    return this.#change(update, (next, current) => {
      if (stateOf(next ?? current, tag) === this.state) return next;
      throw new UsageError(`"stay" keeps "${tag}" as it is. To change the state, use "move".`);
    });
  }

  async move(to: string, next: Update, options: MoveOptions = {}): Promise<unknown> {
    const { moves, tag } = this.#machine;
    if (!moves[this.state]?.includes(to)) {
      throw new UsageError(`No move from "${this.state}" to "${to}" is declared.`);
    }
    const tagged = (fields: unknown): object => {
      if (typeof fields === "object" && fields !== null) return { ...fields, [tag]: to };
      throw new UsageError(`The function of "move" returns the fields of the next state.`);
    };
    const { rotate = true, restart } = options;
    const rotates = rotate && SessionHandle.canRotate(this.#session);
    return this.#change(next, tagged, rotates ? { restart } : undefined);
  }

  /**
   * Changes the value if the session is still in the state.
   *
   * @param finish - makes the next value of what the function returned
   */
  async #change(
    update: Update,
    finish: (next: unknown, current: unknown) => unknown,
    rotation?: RotateOptions,
  ): Promise<unknown> {
    const session = this.#session;
    let thrown: unknown;
    const passOn = (error: unknown): never => {
      thrown = error;
      throw error;
    };
    const whileInState: Update = (current) => {
      if (stateOf(current, this.#machine.tag) !== this.state) throw LEFT;
      try {
        const next = update(current);
        if (!isPromise(next)) return finish(next, current);
        return next.then((it) => finish(it, current)).then(undefined, passOn);
      } catch (error) {
        return passOn(error);
      }
    };
    // A verb of the same session that an asynchronous function calls is noticed by its kind.
    const whileHere: Update = isAsyncFunction(update)
      ? async (current) => whileInState(current)
      : whileInState;
    try {
      if (rotation === undefined) return await session.update(whileHere);
      // What this request has ended would begin anew.
      if (session.key === undefined) return undefined;
      const initial = (): never => {
        throw LEFT;
      };
      return await (session as CookieSession<unknown, unknown>).rotate(
        initial,
        whileHere,
        rotation,
      );
    } catch (error) {
      // Not one that the function has met at another session.
      const hasEnded = error instanceof SessionEndedError && error !== thrown;
      if (error === LEFT || hasEnded) return undefined;
      throw error;
    }
  }
}
