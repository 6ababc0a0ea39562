/** The intersection of a union's members. `never` for several names. */
export type All<Members> = (Members extends unknown ? (member: Members) => void : never) extends (
  member: infer Whole,
) => void
  ? Whole
  : never;
