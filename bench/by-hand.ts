import type { z } from "zod";

/**
 * What a careful program would write without a library: a map of JSON text, and each value parsed by its schema on the way
 * out and on the way in. It has neither expiry nor bound, and loses updates where `update` waits.
 */
export function byHand<Value>(schema: z.ZodType<Value>) {
  const texts = new Map<string, string>();
  return {
    async find(key: string): Promise<Value | undefined> {
      const text = texts.get(key);
      return text === undefined ? undefined : schema.parse(JSON.parse(text));
    },
    async upsert(
      key: string,
      initial: Value,
      update: (current: Value) => Value | Promise<Value>,
    ): Promise<Value> {
      const text = texts.get(key);
      const next = text === undefined ? initial : await update(schema.parse(JSON.parse(text)));
      const value = schema.parse(next);
      texts.set(key, JSON.stringify(value));
      return value;
    },
  };
}
