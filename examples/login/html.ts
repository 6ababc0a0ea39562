/** Text that is HTML already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Makes HTML from a template. Every value is escaped, unless it is HTML or a list of HTML. `undefined` is left out. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(parts.map((part, i) => (i === 0 ? "" : escaped(values[i - 1])) + part).join(""));
}

function escaped(value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map(escaped).join("");
  if (value instanceof Html) return value.text;
  return String(value).replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`);
}
