/**
 * The request that a handler behind `wrap` gets: what the handler or the definitions around it ask
 * for, with the session.
 */
export type HandlerRequest<HandlerReq, Req, Name extends string, Handle> = [HandlerReq] extends [
  never,
]
  ? // What the compiler starts with while it infers the handler from the definitions around it.
    Req & Record<Name, Handle>
  : HandlerReq & Req & Record<Name, Handle>;

/** `unknown`, or a sentence if a handler asks for something else in the session's place. */
export type FittingHandler<HandlerReq, Name extends string, Handle> = [HandlerReq] extends [never]
  ? unknown
  : Name extends keyof HandlerReq
    ? [Handle] extends [HandlerReq[Name]]
      ? unknown
      : Conflict<Name, Handle, HandlerReq[Name]>
    : unknown;

/** The request that a handler behind `wrap` takes: its property is free. */
export type FreeRequest<HandlerReq, Name extends string> = (Name extends keyof HandlerReq
  ? Omit<HandlerReq, Name>
  : HandlerReq) & { readonly [Property in Name]?: never };

/** A sentence in place of a request whose handler expects something else than the session. */
export type Conflict<Name extends string, Handle, Expected> = [NonNullable<Handle>] extends [
  Expected,
]
  ? `request.${Name} may be undefined, because keyFn can return no key: let the handler take undefined too`
  : `request.${Name} is set twice, or the handler expects another session: give one of the session definitions another name`;
