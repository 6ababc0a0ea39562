import { UsageError } from "../errors.ts";

/** Fields of a value that only `rotate(initial, update)` may write. */
export class PrivilegedFields {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /**
   * Throws if a first value has such a field. A default of the schema may fill it: nobody chose that.
   *
   * @throws UsageError
   */
  refuseInput(input: unknown): void {
    if (typeof input !== "object" || input === null) return;
    for (const name of this.#names) if (Reflect.get(input, name) !== undefined) throw refused(name);
  }

  /**
   * Returns what the fields hold, as texts, so that later changes in place are noticed.
   *
   * @param stored - the value's stored form, which is the value itself unless the schema has a
   * codec. An instance that a codec has made may hide in private fields what it holds; its stored
   * form shows it
   */
  fingerprints(value: unknown, stored: unknown): readonly string[] {
    const forms = stored === value ? [value] : [value, stored];
    const all = forms.map((it) => Object(it) as Record<string, unknown>);
    return this.#names.map((name) => all.map((fields) => fingerprint(fields[name])).join());
  }

  /**
   * Throws if the fields hold something else than before.
   *
   * @throws UsageError
   */
  refuseChange(before: readonly string[], after: readonly string[]): void {
    for (const [index, name] of this.#names.entries())
      if (after[index] !== before[index]) throw refused(name);
  }
}

function refused(name: string): UsageError {
  return new UsageError(
    `"${name}" is privileged, so this verb cannot write it. Write it by rotate(initial, update), which gives the session a new key. Nothing was stored.`,
  );
}

/**
 * Returns a text of a value. Two values have the same text if they hold the same, in whichever order
 * objects have their fields.
 */
function fingerprint(part: unknown): string {
  if (typeof part === "string") return JSON.stringify(part);
  if (typeof part !== "object" || part === null) return `${typeof part} ${String(part)}`;
  if (part instanceof Date) return `date ${part.getTime()}`;
  if (Array.isArray(part)) return `[${part.map(fingerprint).join()}]`;
  if (part instanceof Map || part instanceof Set)
    return `${part.constructor.name} ${fingerprint([...part])}`;
  if (ArrayBuffer.isView(part)) return `${part.constructor.name} ${String(part)}`;
  const names = Object.keys(part).sort();
  // Such as a URL, whose text says everything.
  if (names.length === 0) return `{} ${String(part)}`;
  const fields = part as Record<string, unknown>;
  return `{${names.map((name) => `${JSON.stringify(name)}:${fingerprint(fields[name])}`).join()}}`;
}
