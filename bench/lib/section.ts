/** What a part has measured. */
export interface Section {
  readonly title: string;
  /** What was measured and how, a paragraph each. */
  readonly text: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
}

/** Rows of cells, each as long as the list of columns. */
export interface Table {
  readonly title: string;
  /** How to read it, in a sentence. */
  readonly reading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Bars in groups. */
export interface Chart {
  /** The file's name, without its ending. */
  readonly file: string;
  readonly title: string;
  /** What the length of a bar says. */
  readonly unit: string;
  readonly bars: readonly {
    readonly group: string;
    readonly name: string;
    readonly value: number;
  }[];
}

/** How thoroughly a part measures. */
export interface Effort {
  /** Whether it is only to show that everything runs: few and short rounds, nothing to publish. */
  readonly isQuick: boolean;
}

/** Measures one thing. */
export type Part = (effort: Effort) => Promise<Section>;

/** Returns a number with as many decimals as it needs to be told from others. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "";
  const decimals = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString("en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** Returns a table as Markdown, which is as easily read in a terminal. */
export function tableText({ columns, rows }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const isNumber = columns.map((_, index) =>
    rows.every((row) => /^[-+\d.,× ]*$/.test(row[index] ?? "")),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, i) =>
    isNumber[i] ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [line(columns), line(rule), ...rows.map(line)].join("\n");
}
