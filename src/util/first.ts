/** One of several texts. The compiler shows it, and not the name of a type that stands for all. */
export type First<Texts> = (Texts extends unknown ? (give: () => Texts) => void : never) extends (
  give: infer Give,
) => void
  ? Give extends () => infer Text
    ? Text
    : never
  : never;
