/** Counts down how deep a type still looks: `Less[3]` is 2. Types without an end need it. */
export type Less = [never, 0, 1, 2, 3, 4, 5, 6, 7];
