/** A sentence in place of a request whose handler expects something else than the session. */
export type Conflict<Name extends string, Handle, Expected> = [NonNullable<Handle>] extends [
  Expected,
]
  ? `request.${Name} may be undefined, because keyFn can return no key: let the handler take undefined too`
  : `request.${Name} is set twice, or the handler expects another session: give one of the session definitions another name`;
