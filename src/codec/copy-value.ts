import { MAX_DEPTH } from "./json-depth.ts";

/**
 * Returns a copy of a value. Objects, arrays, maps, sets, dates, URLs and typed arrays in it are
 * copied too. Instances of other classes are shared, because only their own code can copy them.
 */
export function copyValue(value: unknown): unknown {
  return copy(value, new Map(), 0);
}

/**
 * @param copies - the copies by their originals, so that shared parts and circles are copied once
 */
function copy(value: unknown, copies: Map<object, object>, depth: number): unknown {
  // What is deeper cannot be stored, and so need not be copied.
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const keep = <Copy extends object>(it: Copy): Copy => {
    copies.set(value, it);
    return it;
  };
  switch (Object.getPrototypeOf(value)) {
    case Array.prototype:
    case Object.prototype:
    case null: {
      // Field by field, so that an array keeps its holes, with which it cannot be stored.
      const fields = keep(Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value)));
      for (const key of Reflect.ownKeys(value)) {
        const field = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
        if ("value" in field) field.value = copy(field.value, copies, depth + 1);
        Object.defineProperty(fields, key, field);
      }
      return fields;
    }
    case Map.prototype: {
      const map = keep(new Map());
      for (const [key, item] of value as Map<unknown, unknown>) {
        map.set(copy(key, copies, depth + 1), copy(item, copies, depth + 1));
      }
      return map;
    }
    case Set.prototype: {
      const set = keep(new Set());
      for (const item of value as Set<unknown>) set.add(copy(item, copies, depth + 1));
      return set;
    }
    case Date.prototype:
      return keep(new Date(value as Date));
    case URL.prototype:
      return keep(new URL(value as URL));
    default:
      if (!ArrayBuffer.isView(value) || value instanceof DataView) return value;
      // The method of typed arrays, because Buffer's own shares memory.
      return keep(Uint8Array.prototype.slice.call(value));
  }
}
