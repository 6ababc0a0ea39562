import { createHash } from "node:crypto";
import type { Mutation } from "./mutation.ts";

/** Changes every key on its way to the driver. */
const keyed =
  (change: (key: string) => string): Mutation =>
  (right) => ({
    read: (key) => right.read(change(key)),
    write: (key, text, options) => right.write(change(key), text, options),
    remove: (key) => right.remove(change(key)),
    touch: (key, options) => right.touch(change(key), options),
  });

const likeToRegExp = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.*+?^$()|[\]{}\\]/g, "\\$&")
      .replace(/_/g, ".")
      .replace(/%/g, ".*")}$`,
  );
/** Drivers that take different keys for the same. */
export const keys: Record<string, Mutation> = {
  "cuts keys at 64 characters": keyed((key) => key.slice(0, 64)),
  "cuts keys at 255 characters": keyed((key) => key.slice(0, 255)),
  "cuts keys at 511 characters": keyed((key) => key.slice(0, 511)),
  "keeps the last 255 characters of keys": keyed((key) => key.slice(-255)),
  "takes keys without regard to case": keyed((key) => key.toLowerCase()),
  "trims keys": keyed((key) => key.trim()),
  "decodes keys and normalises them": keyed((key) => {
    try {
      return decodeURIComponent(key).normalize("NFC");
    } catch {
      return key;
    }
  }),
  "makes file names of keys": keyed((key) => key.replace(/[^\w.-]/g, "_")),
  "drops the namespace of keys": keyed((key) => key.slice(key.indexOf(":") + 1)),
  "ends keys at a hash tag": keyed((key) => /\{(.+)\}/.exec(key)?.[1] ?? key),
  "hashes keys to 16 bits": keyed((key) =>
    createHash("sha256").update(key).digest("hex").slice(0, 2),
  ),
  "removes by LIKE": (right, backend) => ({
    remove: (key) => {
      const wasThere = right.read(key) !== undefined;
      const like = likeToRegExp(key);
      for (const other of backend.keys()) if (like.test(other)) backend.delete(other);
      return wasThere;
    },
  }),
  "reads by prefix": (right, backend) => ({
    read: (key) => right.read([...backend.keys()].find((it) => it.startsWith(key)) ?? key),
  }),
};
