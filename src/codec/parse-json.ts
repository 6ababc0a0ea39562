import { MAX_DEPTH } from "./json-depth.ts";

/** Blanks, and the tokens of JSON that are not brackets. */
const TOKEN =
  /[ \t\n\r]*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|(.))/sy;

/** Deeper than a record can be: its notes take two levels for each level of the value. */
const MAX_LEVELS = 2 * MAX_DEPTH + 16;

/**
 * Parses JSON as `JSON.parse` does, but reads keys with a backslash correctly.
 *
 * Since Node.js 22, V8 can mistake such a key for a key of a similar object, anywhere in the
 * process: it compares the escaped text of the key with names that it knows (nodejs/node#63785).
 * Then a field gets the name of another session's field. This slower parser reads the texts that
 * `JSON.parse` has misread.
 *
 * Remove this file, and the check in codec.ts that calls it, once every release of Node.js that
 * `engines` allows has V8's fix.
 *
 * @throws SyntaxError if the text is not JSON, or nested too deep
 */
export function parseStrictly(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value(reader.next(), 0);
  if (!reader.isDone()) refuse();
  return value;
}

class Reader {
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isDone(): boolean {
    return this.#text.slice(this.#index).trim() === "";
  }

  next(): string {
    TOKEN.lastIndex = this.#index;
    const [, text, word, mark] = TOKEN.exec(this.#text) ?? refuse();
    this.#index = TOKEN.lastIndex;
    return text ?? word ?? (mark as string);
  }

  value(token: string, depth: number): unknown {
    if (depth > MAX_LEVELS) refuse();
    if (token === "[") return this.#items(depth + 1);
    if (token === "{") return this.#fields(depth + 1);
    // A single token has no keys to mistake.
    return JSON.parse(token);
  }

  #items(depth: number): unknown[] {
    const items: unknown[] = [];
    let token = this.next();
    if (token === "]") return items;
    for (;;) {
      items.push(this.value(token, depth));
      if (this.#isEnd("]")) return items;
      token = this.next();
    }
  }

  #fields(depth: number): object {
    const fields = {};
    let token = this.next();
    if (token === "}") return fields;
    for (;;) {
      if (!token.startsWith('"')) refuse();
      const name: string = JSON.parse(token);
      if (this.next() !== ":") refuse();
      const value = this.value(this.next(), depth);
      // Defined and not assigned, so that "__proto__" is a name like any other.
      Object.defineProperty(fields, name, {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
      if (this.#isEnd("}")) return fields;
      token = this.next();
    }
  }

  #isEnd(bracket: string): boolean {
    const token = this.next();
    if (token !== bracket && token !== ",") refuse();
    return token === bracket;
  }
}

function refuse(): never {
  throw new SyntaxError("not JSON");
}
