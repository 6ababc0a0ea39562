import type { z } from "zod";

/** The verbs that are compared. */
export interface Verbs<Value> {
  find(): Promise<Value | undefined>;
  insert(value: Value): Promise<Value>;
  upsert(initial: Value, update: (current: Value) => Value): Promise<Value>;
}

/** What a careful program would write without a library. */
export function byHand<Value>(
  schema: z.ZodType<Value>,
  { parse, stringify }: Pick<typeof JSON, "parse" | "stringify">,
): Verbs<Value> {
  const texts = new Map<string, string>();
  const read = (): Value | undefined => {
    const text = texts.get("a");
    return text === undefined ? undefined : schema.parse(parse(text));
  };
  const write = (given: Value): Value => {
    const value = schema.parse(given);
    texts.set("a", stringify(value));
    return value;
  };
  return {
    find: async () => read(),
    insert: async (value) => write(value),
    upsert: async (initial, update) => {
      const current = read();
      return write(current === undefined ? initial : update(current));
    },
  };
}
