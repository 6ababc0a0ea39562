import { type Mutation, texted } from "./mutation.ts";

/** Defects that the suite cannot or need not see, each with its reason. */
export const accepted: Record<string, Mutation> = {
  "deletes no expired record that is removed – it only takes space, until a sweep": (right) => ({
    remove: (key) => right.read(key) !== undefined && right.remove(key),
  }),
  "loses NUL – no record holds one, since JSON escapes it": texted((text) =>
    text.replaceAll("\0", ""),
  ),
  "loses lone surrogates – no record holds one, since JSON escapes it": texted((text) =>
    Buffer.from(text).toString(),
  ),
  "drops a byte order mark in front – no record begins with one": texted((text) =>
    text.replace(/^\ufeff/, ""),
  ),
  "evicts the oldest records – a driver may be bounded": (right, backend) => ({
    write: (key, text, options) => {
      const [oldest] = backend.keys();
      if (backend.size > 1000 && oldest !== undefined) backend.delete(oldest);
      return right.write(key, text, options);
    },
  }),
};
