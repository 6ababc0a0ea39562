import type { Session } from "./session.ts";
import type { Store } from "./store.ts";

/** Returns the verbs with the key as their first argument. */
export function createStore<KeyInput, Key, Value, Write>(
  session: (key: KeyInput) => Session<Key, Value, Write>,
): Store<KeyInput, Value, Write> {
  return {
    find: (key) => session(key).find(),
    insert: (key, value) => session(key).insert(value),
    swap: (key, value) => session(key).swap(value),
    upsert: (key, initial, update) => session(key).upsert(initial, update),
    update: (key, update) => session(key).update(update),
    take: (key, field) => session(key).take(field),
    remove: (key) => session(key).remove(),
    touch: (key) => session(key).touch(),
  };
}
