/** A book that the shop sells. */
export interface Book {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  readonly year: number;
  readonly cents: number;
  readonly blurb: string;
}

export const books: readonly Book[] = [
  {
    id: "middlemarch",
    title: "Middlemarch",
    author: "George Eliot",
    year: 1871,
    cents: 1850,
    blurb: "A provincial town, and everyone in it.",
  },
  {
    id: "moby-dick",
    title: "Moby-Dick",
    author: "Herman Melville",
    year: 1851,
    cents: 1690,
    blurb: "One whale too many.",
  },
  {
    id: "frankenstein",
    title: "Frankenstein",
    author: "Mary Shelley",
    year: 1818,
    cents: 1190,
    blurb: "The first machine to ask who made it.",
  },
  {
    id: "emma",
    title: "Emma",
    author: "Jane Austen",
    year: 1815,
    cents: 1290,
    blurb: "Handsome, clever, rich, and wrong.",
  },
  {
    id: "walden",
    title: "Walden",
    author: "Henry David Thoreau",
    year: 1854,
    cents: 1350,
    blurb: "Two years, two months and two days by a pond.",
  },
  {
    id: "the-time-machine",
    title: "The Time Machine",
    author: "H. G. Wells",
    year: 1895,
    cents: 990,
    blurb: "A dinner party, interrupted by the year 802,701.",
  },
  {
    id: "war-and-peace",
    title: "War & Peace",
    author: "Leo Tolstoy",
    year: 1869,
    cents: 2400,
    blurb: "Bring a pencil for the names.",
  },
  {
    id: "dubliners",
    title: "Dubliners",
    author: "James Joyce",
    year: 1914,
    cents: 1150,
    blurb: "Fifteen rooms with the light left on.",
  },
];

/** A book and how many of it. */
export interface Line {
  readonly book: string;
  readonly quantity: number;
}

/** Finds a book by its id. */
export function bookOf(id: string): Book | undefined {
  return books.find((it) => it.id === id);
}

/** Adds up what the lines cost, in cents. A book that the shop no longer has costs nothing. */
export function totalOf(lines: readonly Line[]): number {
  return lines.reduce((sum, it) => sum + (bookOf(it.book)?.cents ?? 0) * it.quantity, 0);
}

/** Counts the books in the lines. */
export function countOf(lines: readonly Line[]): number {
  return lines.reduce((sum, it) => sum + it.quantity, 0);
}
