/** One writer in line: its identifier, and how many milliseconds it needs when it is first. */
export type Place = readonly [id: string, milliseconds: number];

/** How a record's text begins while writers stand in line for it. */
export const LINE_HEAD = '{"line":';

/** The line, at the start of a record's text. The rest is the text without a line. */
const LINE = /^\{"line":(\[(?:\["[\w-]+",\d+\],?)+\]),/;

/** Returns a record's text without the line of writers that wait for it. */
export function withoutLine(text: string): string {
  const match = text.startsWith(LINE_HEAD) ? LINE.exec(text) : null;
  return match === null ? text : `{${text.slice(match[0].length)}`;
}

/** Returns the writers that wait for a record. */
export function lineOf(text: string): readonly Place[] {
  const match = text.startsWith(LINE_HEAD) ? LINE.exec(text) : null;
  return match === null ? [] : (JSON.parse(match[1] as string) as Place[]);
}

/** Adds a line to a record's text that has none. */
export function withLine(text: string, line: readonly Place[]): string {
  return line.length === 0 ? text : `${LINE_HEAD}${JSON.stringify(line)},${text.slice(1)}`;
}
