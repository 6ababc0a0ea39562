import { deadlineOf } from "../small-driver.ts";
import { type Mutation, written } from "./mutation.ts";

/** Drivers that misjudge conditions. */
export const conditions: Record<string, Mutation> = {
  "ignores that something is there": written(() => ({ if: undefined }), "absent"),
  "ignores that nothing is there": written(() => ({ if: undefined }), "present"),
  "ignores the version": written(() => ({ if: undefined }), "version"),
  "takes any version for the present one": written(() => ({ if: "present" }), "version"),
  "writes by a version where nothing is": (right) => ({
    write: (key, text, options) =>
      typeof options.if === "object" && right.read(key) === undefined
        ? right.write(key, text, { ...options, if: undefined })
        : right.write(key, text, options),
  }),
  "writes the expiry also when it refuses": (right, backend) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      const stored = backend.get(key);
      if (!result.written && stored)
        backend.set(key, { ...stored, deadline: deadlineOf(options.ttl) });
      return result;
    },
  }),
  "changes the version also when it refuses": (right, backend) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      const stored = backend.get(key);
      if (!result.written && stored) backend.set(key, { ...stored, version: crypto.randomUUID() });
      return result;
    },
  }),
  "finds an expired record present": (right, backend) => ({
    write: (key, text, options) =>
      options.if === "present" && backend.has(key)
        ? right.write(key, text, { ...options, if: undefined })
        : right.write(key, text, options),
  }),
  "finds an expired record absent no more": (right, backend) => ({
    write: (key, text, options) =>
      options.if === "absent" && backend.has(key)
        ? { written: false, current: right.read(key) }
        : right.write(key, text, options),
  }),
  "finds the version of an expired record": (right, backend) => ({
    write: (key, text, options) =>
      typeof options.if === "object" && backend.get(key)?.version === options.if.version
        ? right.write(key, text, { ...options, if: undefined })
        : right.write(key, text, options),
  }),
  "shows an expired record in a conflict": (right, backend) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      return result.written ? result : { written: false, current: backend.get(key) };
    },
  }),
  "cannot replace an expired record": (right, backend) => ({
    write: (key, text, options) =>
      options.if === undefined && backend.has(key)
        ? right.write(key, text, { ...options, if: "present" })
        : right.write(key, text, options),
  }),
  "adds, and does not replace": written(() => ({ if: "absent" }), "none"),
};
